"""A relay as people write them with aiosmtpd: 587 with STARTTLS and 465 with TLS on 127.0.0.24, for those
who have logged in; Dovecot gets all mail by LMTP."""

import asyncio
import smtplib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Relay:
    async def handle_DATA(self, server, session, envelope):
        return await asyncio.get_running_loop().run_in_executor(None, self.forward, session, envelope)

    def forward(self, session, envelope):
        trace = f"X-Logged-In: {session.auth_data}\r\n".encode()
        with smtplib.LMTP("127.0.0.1", 24) as dovecot:
            try:
                dovecot.sendmail(envelope.mail_from, envelope.rcpt_tos, trace + envelope.content)
            except smtplib.SMTPRecipientsRefused as refusal:
                code, text = next(iter(refusal.recipients.values()))
                return f"{code} {text.decode()}"
        return "250 2.0.0 Dovecot has it"


def log_in(server, session, envelope, mechanism, data):
    if data == LoginPassword(b"alice@example.test", b"pass"):
        return AuthResult(success=True, auth_data=f"{mechanism.lower()} {data.login.decode()}")
    # Without `handled` the reply would be left to nobody.
    return AuthResult(success=False, handled=False)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/pki/relay.pem", "/pki/relay.key")

    def session(**more):
        return SMTP(
            Relay(), hostname="aiosmtpd.example.test", authenticator=log_in, auth_required=True, **more)

    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(
            lambda: session(tls_context=context, require_starttls=True), "127.0.0.24", 587),
        # A session that was encrypted before it began does not count as such.
        await loop.create_server(
            lambda: session(auth_require_tls=False), "127.0.0.24", 465, ssl=context),
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
