"""Help for each step, in our own words: the question, its reason, and advice if it does not work.

Sources: DrFirst's help article "iPrescribe: Register for Accounts (iPrescribe & ID.me)" and ID.me's public help pages.
"""

from iprescribe_tui.journey.steps import Step

GUIDANCE: dict[Step, str] = {
    Step.NPI: """\
The National Provider Identifier has 10 digits and begins with 1 or 2. Use the prescriber's own NPI (type 1), not \
that of the practice or group (type 2).

You can look it up at npiregistry.cms.hhs.gov. A mistyped digit is noticed here at once; whether the NPI is active \
only the registry knows, and it is asked when you continue.

Registered before? Press F6 and sign in with the iPrescribe username and password: you go on where you were.""",
    Step.ACCOUNTS_INTRO: """\
Two accounts are made: one at iPrescribe, with which you prescribe, and one at ID.me, which proves who you are.

Have ready: access to your e-mail, your NPI, your Social Security number, your phone, and one of driver's license, \
state ID, passport or passport card.

It takes about 20 minutes. It is best done in one go, but you can leave at any time and come back to the same step.

Clinic IT staff may prepare this: install the program, check the NPI and the registry's record, and put the practice's \
details into an answers file. The passwords, the second factor, the photos and the Social Security number are the \
prescriber's alone. Anyone else who chooses or knows them could sign in, and prescribe in the prescriber's name.

If the registry's record is not right, correct it at nppes.cms.hhs.gov; you need not wait for that here.""",
    Step.CREDENTIALS: """\
These are for iPrescribe, not for ID.me. The rules for the password come from iPrescribe and are checked off \
while you type. A sentence of a few words is easy to remember and hard to guess. Pasting is allowed.

The prescriber alone chooses the password. If someone else chose one for you, choose another here.

Write the username down: with it and the password this registration can be continued on any machine.""",
    Step.PERSONAL: """\
Use an e-mail that only you read. It cannot be one that another registration uses.

The role decides what comes next. Only people who prescribe have to prove their identity at ID.me; for everybody \
else the registration is complete once the practice is given.

The specialty was taken from the NPI registry. Type a part of another one to find it.""",
    Step.PRACTICE: """\
The place where you practice, as pharmacies should see it. DrFirst does not accept PO Boxes, nor anything else \
that is a box at a post office (drawer, caller service, General Delivery).

F3 fills in the address that the NPI registry has. Where a street stands beside a PO Box, F4 keeps the street.

Phone and fax are US numbers without an extension.""",
    Step.IDME_LAUNCH: """\
The law asks that whoever prescribes electronically has proven their identity. ID.me does that for iPrescribe. It \
is a company of its own, with its own account, its own password and its own support.

If you have used ID.me before (for the VA, the IRS or a state), use that account: if it is verified already, most \
of what follows is skipped.""",
    Step.IDME_SIGN_IN: """\
Use the e-mail and password of your ID.me account. If it has a second factor, its code is asked for next.

Forgotten the password? Reset it at ID.me, then come back here. After three wrong passwords the account is locked \
for a few minutes.""",
    Step.IDME_SIGN_UP: """\
Choose an e-mail that stays yours when you change jobs, and a password that you use nowhere else.

F1 shows this help; the terms themselves are at the end of it.""",
    Step.EMAIL_CONFIRMATION: """\
ID.me has sent an e-mail with a link and a 6-digit code. Either is enough: when the link is opened, on whatever \
machine, this screen goes on by itself.

Both are good for 15 minutes, and only those of the newest e-mail. Nothing came? Look in the spam folder, check the \
address, and have a new one sent with F5.""",
    Step.EMAIL_CONFIRMED: """\
The e-mail is yours. Next comes a second factor, so that the password alone does not open your ID.me account.""",
    Step.MFA_CHOICE: """\
For controlled substances (EPCS) the DEA does not allow codes by text message or phone call: take the \
code-generator app. It works without reception, too.

Any authenticator app will do: Google Authenticator, Microsoft Authenticator, Authy, 1Password, or ID.me's own.""",
    Step.MFA_PHONE: """\
A US number that reaches you and nobody else. Numbers with an extension, and lines that many answer, do not work.""",
    Step.MFA_TOTP: """\
In your authenticator app choose "add account" or "+", then scan the code. Where that is not possible, choose \
"enter a setup key" and type the key shown here; capital letters and spaces do not matter.

The app then shows six digits that change every 30 seconds. They are asked for next.

If the code does not fit on the screen, make the window larger, or use the key.""",
    Step.MFA_CODE: """\
Six digits: from the text message, the call, or the app. From the app, take the digits that show now: they change \
every 30 seconds. If the app's are never right, the clock of your phone is wrong.

After ten wrong codes it is locked for ten minutes.""",
    Step.RECOVERY_CODE: """\
If you lose your phone, this code opens your ID.me account once. Keep it on paper or in a password manager, not on \
this screen: it is shown only now, this program does not write it anywhere, and nobody can tell it to you again.""",
    Step.DOCUMENT: """\
JPEG, PNG, HEIC, WebP or AVIF, up to 64 MB; large photos are made smaller before they are sent. Type or \
paste the path of each picture, or drag the file onto the terminal.

Lay the document on a dark surface, all four corners in the picture, without flash. Take the front, then turn it \
over. A passport needs only the page with your photo.

If one picture is refused, take that one again: the other is kept. If one only looks blurred or too dark, or light \
seems to be reflected in it, you see it once more: take another, or send it all the same.""",
    Step.SELFIE: """\
Hold the phone at eye level, look straight at it, in even light, without hat, mask or sunglasses, nobody else in \
the picture. It is compared with the photo on your ID.""",
    Step.PHONE_MATCH: """\
ID.me asks whether this phone belongs to the person in the credit profile. It must be in your own name: a practice \
phone or a family plan in another name does not match. Your score does not change.

If your credit profile is frozen, take the phone call. If you have none, ask for the video call with a trusted \
referee, which is offered after the first try.""",
    Step.SSN: """\
ID.me compares the number with credit and government records. It is typed hidden, and shown later only as \
***-**-1234. This program keeps it nowhere.

Only the prescriber may type it here.""",
    Step.ATTRIBUTES_REVIEW: """\
Name, date of birth and home address as they stand on your ID. The home address is not the practice's.

"Change" beside a line leads back to where it is asked for; everything else stays.""",
    Step.PHONE_LINK: """\
Open the link in the text message on your phone. This screen goes on by itself. The link is good for 15 minutes; \
F5 sends a new one, and "The number is wrong" leads back to the number.""",
    Step.NPI_MATCH: """\
The same NPI as at the beginning: ID.me ties it to the identity that you have just proven.""",
    Step.LICENSE_REVIEW: """\
The license as your state board has it. With several licenses take the one of the state where you practice. \
If it is not in the list, type it.""",
    Step.CONSENT: """\
Nothing has been given to iPrescribe so far. With Allow ID.me hands over exactly what is listed. With Deny it hands \
over nothing, and nobody can log in to iPrescribe with this registration; you can still Allow later.""",
    Step.DONE: """\
Both accounts are made and your identity is proven. Sign in to iPrescribe with the username and password you chose.""",
}
