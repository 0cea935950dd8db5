//! What people write: subjects for each queue, and sentences that fit any of them.

/// What tickets of a queue are about, by the queue's place in the catalog.
pub(super) const SUBJECTS: &[&[&str]] = &[
    &[
        "Undelivered mail returned to sender",
        "Out of office: back on Monday",
        "Mailbox of the project team is nearly full",
        "Question about your newsletter",
    ],
    &[
        "Laptop does not wake from sleep",
        "Second monitor stays black",
        "Printer on the third floor prints blank pages",
        "Headset for a new colleague",
        "Keyboard types the wrong letters",
        "Docking station loses the network",
        "Update asks for an administrator's password",
        "Replacement for a broken mouse",
        "Projector in the meeting room flickers",
    ],
    &[
        "Account is locked after three attempts",
        "New colleague starts next month",
        "Password reset mail does not arrive",
        "Access to the shared folder \"Contracts\"",
        "Name changed after a wedding",
        "Please remove the account of a leaver",
        "Second factor was on the lost phone",
    ],
    &[
        "Export to the spreadsheet cuts long texts",
        "Search finds nothing since the update",
        "Report is empty for last week",
        "Calendar shows appointments an hour late",
        "Error 500 when saving a form",
        "Signature is missing in the web client",
    ],
    &[
        "Invoice run stops at the letter K",
        "Stock figures differ from the warehouse's",
        "Order cannot be released",
        "Cost centre is missing in the list",
        "Month-end closing takes all night",
    ],
    &[
        "VPN drops every few minutes",
        "Wireless network is slow in the canteen",
        "Branch office is offline",
        "New socket for the reception desk",
        "Firewall rule for a supplier",
        "Video calls stutter in the afternoon",
    ],
    &[
        "Disk is 90 % full",
        "Backup of last night failed",
        "Restore a folder from last week",
        "Virtual machine for a test",
        "Server answers slowly in the morning",
        "Certificate expires in 14 days",
    ],
    &[
        "Invoice was paid twice",
        "Question about an invoice",
        "Change of bank details",
        "Certificate of employment",
        "Parental leave: which forms?",
    ],
];

pub(super) const OPENINGS: &[&str] = &[
    "Since this morning this happens again and again.",
    "I noticed it yesterday and it has not gone away.",
    "Several colleagues of mine see the same.",
    "It worked last week, and nothing was changed that I know of.",
    "This is not urgent, but it gets in the way.",
    "We have a deadline tomorrow and cannot go on.",
];

pub(super) const DETAILS: &[&str] = &[
    "I have restarted everything twice without success.",
    "A screenshot follows as soon as I can make one.",
    "It happens with every browser that I tried.",
    "My room is 2.14, and I am there until four o'clock.",
    "The message that appears is gone too quickly to read.",
    "The other sites do not seem to be affected.",
];

pub(super) const ANSWERS: &[&str] = &[
    "thank you for your message. We are looking into it and will come back to you today.",
    "we could reproduce what you describe. A colleague is working on it.",
    "could you tell us since when this happens, and whether others are affected?",
    "we have changed a setting. Please try again and tell us whether it helped.",
    "the manufacturer confirmed the fault. A replacement is on its way.",
];

pub(super) const REPLIES: &[&str] = &[
    "It is a little better now, but not gone.",
    "Yes, two others in my team have it as well.",
    "It began on the day after the last update.",
    "Thanks for the quick answer. I will try that this afternoon.",
    "No change yet, I am afraid.",
];

pub(super) const NOTES: &[&str] = &[
    "Called back, nobody answered. Will try again tomorrow.",
    "Same cause as last month, see the notes of the network team.",
    "Waiting for the supplier's answer.",
    "Checked the logs: nothing unusual at that time.",
];

pub(super) const ENDINGS: &[&str] = &[
    "this should be solved now. Please write again if it comes back.",
    "done as you asked. We are closing this ticket.",
    "the cause is found and removed. Thank you for your patience.",
];

pub(super) const GIVEN_UP: &[&str] = &[
    "we have not heard from you, so we are closing this ticket.",
    "this is not something that we can change. We are sorry.",
];
