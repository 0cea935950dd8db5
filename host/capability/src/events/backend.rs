//! The bus: from who publishes to who listens, in the memory of one host.
//!
//! Nothing is kept for who does not listen, and a publisher never waits: each listener has a
//! queue of its own, which loses the oldest event when it is full and counts what it lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goatkit_package::PluginName;
use tokio::sync::Notify;

use crate::SessionFacts;

/// Who may listen at one time, without the host itself: each holds a connection and a queue.
pub const MAX_LISTENERS: usize = 4096;

/// Who may listen to one channel: an event is sent to each.
pub const MAX_LISTENERS_OF_CHANNEL: usize = 1024;

/// Events that wait for one listener: a burst, and no history.
pub const QUEUE: usize = 64;

/// Bytes that wait for one listener, besides one event: a browser that takes nothing off its
/// connection costs no more.
pub const QUEUE_BYTES: usize = 128 * 1024;

/// Events that wait for one who watches all channels of all plugins.
pub const WATCHED: usize = 1024;

/// Bytes that wait for one who watches all.
pub const WATCHED_BYTES: usize = 8 * 1024 * 1024;

/// Something that a plugin tells.
#[derive(Debug, Clone)]
pub struct Event {
    /// Given by the bus: counts up for as long as the host runs.
    pub id: u64,
    /// Who tells it.
    pub plugin: PluginName,
    /// The channel, without the plugin's name.
    pub channel: String,
    /// What happened, in the plugin's words.
    pub kind: String,
    /// A JSON text.
    pub data: String,
    /// The session in which it was published.
    pub session: Arc<SessionFacts>,
    /// How many plugins called each other, or answered each other's events, to come here.
    pub depth: u32,
}

impl Event {
    /// The channel as others see it, with the plugin's name before it: `my-plugin.updates`.
    pub fn full_channel(&self) -> String {
        format!("{}.{}", self.plugin, self.channel)
    }

    fn bytes(&self) -> usize {
        self.channel.len() + self.kind.len() + self.data.len()
    }
}

/// What a listener hears.
#[derive(Debug, Clone)]
pub struct Heard {
    /// How many events it lost before this one, because it was slow.
    pub lost: u64,
    /// The event.
    pub event: Arc<Event>,
}

/// Why somebody may not listen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The whole host has no place.
    #[error("{MAX_LISTENERS} listen already, which is all that this host takes")]
    Host,
    /// The channel has none.
    #[error("{MAX_LISTENERS_OF_CHANNEL} listen to this channel already")]
    Channel,
}

/// Everybody who listens.
#[derive(Default)]
pub struct Bus(Mutex<State>);

#[derive(Default)]
struct State {
    events: u64,
    /// How many subscriptions there ever were: the next one's key.
    subscribed: u64,
    /// How many listen to channels.
    listening: usize,
    channels: BTreeMap<PluginName, BTreeMap<String, Queues>>,
    watching: Queues,
}

type Queues = BTreeMap<u64, Arc<Queue>>;

impl Bus {
    /// Sends an event to all who listen to its channel, and to those who watch all: how many
    /// listen to its channel.
    pub fn publish(&self, event: Event) -> u32 {
        let mut state = self.state();
        state.events += 1;
        let event = Arc::new(Event {
            id: state.events,
            ..event
        });
        for queue in state.watching.values() {
            queue.push(&event);
        }
        let channels = state.channels.get(&event.plugin);
        let Some(queues) = channels.and_then(|it| it.get(&event.channel)) else {
            return 0;
        };
        for queue in queues.values() {
            queue.push(&event);
        }
        u32::try_from(queues.len()).unwrap_or(u32::MAX)
    }

    /// Listens to one channel of a plugin, whether or not there ever is an event. Who asked for
    /// it may do so.
    ///
    /// # Errors
    /// [`Full`] when too many do already.
    pub fn subscribe(
        self: &Arc<Self>,
        plugin: &PluginName,
        channel: &str,
    ) -> Result<Subscription, Full> {
        let mut state = self.state();
        if state.listening >= MAX_LISTENERS {
            return Err(Full::Host);
        }
        let there = state.channels.get(plugin).and_then(|it| it.get(channel));
        if there.is_some_and(|queues| queues.len() >= MAX_LISTENERS_OF_CHANNEL) {
            return Err(Full::Channel);
        }
        state.listening += 1;
        let key = state.key();
        let queue = Arc::new(Queue::of(QUEUE, QUEUE_BYTES));
        let channels = state.channels.entry(plugin.clone()).or_default();
        let queues = channels.entry(channel.to_owned()).or_default();
        queues.insert(key, Arc::clone(&queue));
        Ok(Subscription {
            bus: Arc::clone(self),
            to: Some((plugin.clone(), channel.to_owned())),
            key,
            queue,
        })
    }

    /// Listens to all channels of all plugins: for the host itself, which is not counted.
    pub fn watch(self: &Arc<Self>) -> Subscription {
        let mut state = self.state();
        let key = state.key();
        let queue = Arc::new(Queue::of(WATCHED, WATCHED_BYTES));
        state.watching.insert(key, Arc::clone(&queue));
        Subscription {
            bus: Arc::clone(self),
            to: None,
            key,
            queue,
        }
    }

    /// How many listen to channels now.
    pub fn listening(&self) -> usize {
        self.state().listening
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn key(&mut self) -> u64 {
        self.subscribed += 1;
        self.subscribed
    }

    /// Takes a listener out, and with it what is empty then: channels are the plugins' texts,
    /// and there is no end to them.
    fn leave(&mut self, plugin: &PluginName, channel: &str, key: u64) {
        let Some(channels) = self.channels.get_mut(plugin) else {
            return;
        };
        let Some(queues) = channels.get_mut(channel) else {
            return;
        };
        if queues.remove(&key).is_some() {
            self.listening -= 1;
        }
        if queues.is_empty() {
            channels.remove(channel);
        }
        if channels.is_empty() {
            self.channels.remove(plugin);
        }
    }
}

/// Somebody who listens, until it is dropped.
pub struct Subscription {
    bus: Arc<Bus>,
    /// The channel; none of one who watches all.
    to: Option<(PluginName, String)>,
    key: u64,
    queue: Arc<Queue>,
}

impl Subscription {
    /// Waits for the next event. A wait that is dropped loses nothing.
    pub async fn next(&mut self) -> Heard {
        loop {
            // A permit is kept for who is not waiting yet, so that none is missed.
            if let Some(heard) = self.queue.pop() {
                return heard;
            }
            self.queue.filled.notified().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.bus.state();
        match &self.to {
            Some((plugin, channel)) => state.leave(plugin, channel, self.key),
            None => drop(state.watching.remove(&self.key)),
        }
    }
}

/// What waits for one listener.
struct Queue {
    most: usize,
    most_bytes: usize,
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    lost: u64,
}

impl Queue {
    fn of(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            waiting: Mutex::default(),
            filled: Notify::new(),
        }
    }

    /// The newest is always kept.
    fn push(&self, event: &Arc<Event>) {
        let mut waiting = self.waiting();
        while waiting.events.len() >= self.most || waiting.bytes > self.most_bytes {
            if waiting.take().is_none() {
                break;
            }
            waiting.lost += 1;
        }
        waiting.bytes += event.bytes();
        waiting.events.push_back(Arc::clone(event));
        drop(waiting);
        self.filled.notify_one();
    }

    fn pop(&self) -> Option<Heard> {
        let mut waiting = self.waiting();
        let event = waiting.take()?;
        let lost = std::mem::take(&mut waiting.lost);
        Some(Heard { lost, event })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Arc<Event>> {
        let event = self.events.pop_front()?;
        self.bytes -= event.bytes();
        Some(event)
    }
}
