"""What demonstration tasks are about."""

from __future__ import annotations

# key, name, what its tasks are about
PROJECTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("WEB", "Website", ("the checkout form", "the pricing page", "the sitemap", "the cookie banner")),
    ("APP", "Mobile app", ("push notifications", "the sign-up flow", "offline mode", "the dark theme")),
    ("API", "Public API", ("the rate limiter", "pagination of orders", "the webhook retries", "error codes")),
    ("OPS", "Operations", ("the backup job", "disk alerts", "the staging cluster", "certificate renewal")),
    ("DATA", "Data warehouse", ("the nightly import", "the churn report", "event schemas", "old partitions")),
    ("SEC", "Security", ("the access review", "password rules", "the audit log", "the penetration test")),
    ("SHOP", "Shop", ("gift cards", "the returns page", "stock levels", "the coupon rules")),
    ("BILL", "Billing", ("the invoice template", "VAT for Norway", "failed payments", "the dunning mails")),
    ("CRM", "Customer records", ("duplicate contacts", "the import from Excel", "the lead form", "owners")),
    ("DOCS", "Documentation", ("the quick start", "the API examples", "broken links", "the glossary")),
    ("HIRE", "Hiring", ("the backend job advert", "interview slots", "the trial day", "the reference calls")),
    ("HR", "People", ("the holiday plan", "the onboarding list", "parental leave", "the salary review")),
    ("FIN", "Finance", ("the quarterly forecast", "travel expenses", "the tax return", "supplier contracts")),
    ("MKT", "Marketing", ("the spring campaign", "the newsletter", "the case study", "the trade fair booth")),
    ("SALE", "Sales", ("the offer for Hofer AG", "the demo script", "the renewal list", "the price list")),
    ("SUP", "Support", ("the macro for refunds", "ticket 48213", "the help centre", "weekend cover")),
    ("MOVE", "Office move", ("the floor plan", "the network cabling", "the removal firm", "new keys")),
    ("LAB", "Research", ("the recall experiment", "the survey", "the prototype", "the literature list")),
    ("HOME", "Home", ("the boiler service", "the insurance", "the garden fence", "winter tyres")),
    ("CLUB", "Sports club", ("the summer tournament", "hall bookings", "membership fees", "the bus")),
)
VERBS = (
    "Fix", "Review", "Write up", "Plan", "Check", "Update", "Test", "Discuss", "Finish", "Replace",
    "Simplify", "Measure", "Prepare", "Clean up", "Ask about", "Order parts for", "Follow up on", "Estimate",
    "Translate", "Decide on", "Draft", "Approve", "Document", "Sort out", "Rework", "Announce", "Close",
    "Book", "Call about",
)  # fmt: skip
OCCASIONS = (
    "", "", "", " with Anna", " with the team", " before the release", " for the board", " after the outage",
    " for version 2", " once legal agrees", " in the new design", " on the phone", " for the Zürich office",
    " before the holidays", " for the auditors", " with Marco", " (second try)", " as agreed on Monday",
    " for new customers", " on the old server", " in French", " with less effort", " for the pilot",
)  # fmt: skip
SENTENCES = (
    "See the notes from the last meeting.",
    "Two customers asked for this within a week.",
    "The numbers are in the shared sheet, tab 3.",
    "Anna knows the history; ask her first.",
    "It worked until the update in spring.",
    "Do not change the wording, legal has signed it off.",
    "A draft is enough, the rest can follow.",
    "If it takes longer than a day, split it.",
    "The supplier needs five working days.",
    "Check the Swedish and the German version too.",
    "Measured before: 4.2 s; it should be below 1 s.",
    "Blocked last time by missing access rights.",
)
LABELS = (
    "bug", "quick", "waiting", "customer", "legal", "design", "backend", "frontend", "money", "idea",
    "phone", "errand", "review", "q1", "q2", "urgent",
)  # fmt: skip
RULES = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY")

# What is asked, and what is answered.
TALK = (
    ("what's next?", "{ref} is next: it is the most urgent of what is ready."),
    ("add {title}", "Added {ref} {title}."),
    ("show what is overdue", "{count} tasks are overdue, the oldest is {ref}."),
    ("mark {ref} as done", "{ref} is done."),
    ("why did we postpone {title}?", "Nothing about it is on record before {ref}."),
    ("move {ref} to next Friday", "{ref} is now due next Friday."),
    ("remember that {title} waits for legal", "I will remember that."),
    ("how did the week go?", "{count} tasks were done in the last seven days."),
)
