"""An SMTP server that keeps what it is told to send: one file per message in a folder.

Run by smtp.rs: PORT FOLDER (plain|starttls|tls) CERTIFICATE KEY USER PASSWORD; what is not
used is empty. A file has the sender on its first line, then a line for each recipient, an
empty line, and the message as it came. It is there before the message is answered.
"""

import asyncio
import os
import ssl
import sys

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError as missing:
    print(missing)
    sys.exit(127)

port, folder, tls, certificate, key, user, password = sys.argv[1:]


class Keep:
    async def handle_DATA(self, server, session, envelope):
        number = len([name for name in os.listdir(folder) if name.endswith(".eml")])
        lines = [envelope.mail_from or "", *envelope.rcpt_tos, "", ""]
        path = os.path.join(folder, "%06d" % number)
        with open(path + ".part", "wb") as file:
            file.write("\n".join(lines).encode("utf-8", "surrogateescape"))
            file.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")
        return "250 OK kept"


def sign_in(server, session, envelope, mechanism, data):
    fits = (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=fits, handled=False)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


def session():
    return SMTP(
        Keep(),
        hostname="localhost",
        enable_SMTPUTF8=True,
        tls_context=context() if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        authenticator=sign_in if user else None,
        auth_required=bool(user),
        # Within TLS from the start it does not see that it is.
        auth_require_tls=tls == "starttls",
    )


async def main():
    loop = asyncio.get_running_loop()
    wrapped = context() if tls == "tls" else None
    server = await loop.create_server(session, "127.0.0.1", int(port), ssl=wrapped)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
