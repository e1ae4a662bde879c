"""The families of words that the built-in assistant reads: fragments of regular expressions, by meaning."""

from __future__ import annotations

import re
from functools import cache


@cache
def pattern(source: str) -> re.Pattern[str]:
    """Compile on first use, so that importing the assistant costs nothing."""
    return re.compile(source)


DETERMINER = r"(?:my|the|a|an|our|this|that|these|those|your|his|her|their|any|some|another)"
DETERMINERS = rf"(?:(?:all|both|of|me|up|new|current|own|first|{DETERMINER})\s+){{0,5}}"
PREPOSITION = r"(?:to|on\s*to|on|into|in|from|off\s+of|off|out\s+of|at|under|inside|within|for)"

TODO = r"(?:to[\s-]?dos?|todos?|to\s+dos)"
TASK_NOUN = (
    rf"(?:tasks?|{TODO}(?:\s+(?:items?|tasks?))?|action\s+items?|list\s+items?|items?|chores?|entry|entries)"
)
REMINDER_NOUN = r"(?:reminders?(?:'s)?(?:\s+alarms?)?|reminds|alarm\s+reminders?)"
EVENT_NOUN = (
    r"(?:(?:meeting|appointment|appt|event|party|conference|standup|stand-up|deadline|class|lunch|dinner|"
    r"breakfast|brunch|birthday|anniversary|interview|session|workshop|call|visit|checkup|check-up|game|"
    r"haircut|ceremony|wedding|concert|reunion|review|presentation|trip|vacation|holiday|date|get-together)"
    r"(?:e?s)?)"
)
LIST_NOUN = r"(?:lists?|calendars?|agendas?|planner|diary|schedule|backlog|(?:shopping|grocery)\s+(?:cart|bag|basket|notes?))"

# What other assistants are asked for. A command that names one of these, and neither a task, a reminder
# nor a list, is not for us; without this gate one in twelve such lines changed data.
FOREIGN = (
    r"(?:songs?|music|albums?|tunes?|tracks?|playlists?|play\s+list|artists?|radio|podcasts?|audio\s*books?|"
    r"movies?|films?|episodes?|trailers?|tv|television|volume|speakers?|shuffle|lights?|lamps?|brightness|"
    r"colou?rs?|thermostat|temperature|temp|heating|fans?|blinds?|curtains?|switch|sockets?|plug|vacuum|"
    r"coffee|oven|garage|door|e-?mails?|mails?|inbox|messages?|texts?|sms|tweets?|twitter|facebook|instagram|"
    r"snapchat|posts?|news|headlines|weather|forecast|rain|snow|umbrella|stocks?|reservations?|table|"
    r"restaurants?|taxi|cab|uber|lyft|rides?|train|flights?|plane|tickets?|hotels?|pizza|takeout|takeaway|"
    r"orders?|accounts?|cards?|money|bank|pin|passwords?|insurance|credit|payment|transfer|contacts?|"
    r"pages?|screen|mode|alarms?|timers?|clock|stopwatch|wifi|wi-fi|bluetooth|phone|device|app|recipe|"
    r"voice|language|accent|name|feelings?|complaint|line|words?|sentence|paragraph|channel|bpm|spot)"
)

ADD = (
    r"(?:add|re-?add|put|place|include|insert|append|write(?:\s+down)?|jot(?:\s+down)?|note(?:\s+down)?|"
    r"stick|throw|get|record|enter|log|save|pop|chuck|list|pencil\s+in)"
)
MAKE = (
    r"(?:set(?:\s*up)?|setup|make|create|add|schedule|put(?:\s+in)?|start|new|open|get|have|enter|give|"
    r"establish|arrange|insert|place|plan|build|generate|need|want|send|write|program)"
)
DELETE = (
    r"(?:delete|remove|removal\s+of|erase|cancel|clear|get\s+rid\s+of|drop|scratch(?:\s+off)?|trash|discard|"
    r"lose|eliminate|dismiss|disable|wipe|cross(?:\s+(?:off|out))?|strike(?:\s+(?:off|out))?|take\s+(?:off|out)|"
    r"clear\s+off|delete\s+off|undo|throw\s+(?:out|away)|bin|purge|forget(?:\s+about)?|deactivate|turn\s+off|"
    r"kill|nix|ditch)"
)
DONE = r"(?:done|complete|completed|finished|finish|accomplished|achieved|ticked(?:\s+off)?|checked(?:\s+off)?|closed)"
FINISH = r"(?:complete|finish|check\s+off|tick\s+off|tick|close|resolve|accomplish|mark\s+off)"
MOVE = (
    r"(?:move|reschedule|re-schedule|postpone|push(?:\s+back)?|delay|defer|shift|bring\s+forward|"
    r"put\s+off|change|set|make|update|extend|adjust|switch|snooze|prepone|slide|bump|advance)"
)
SHOW = (
    r"(?:show|tell|list|read|display|view|see|check|review|give|pull\s+up|bring\s+up|bing\s+up|open|access|"
    r"browse|repeat|recite|go\s+(?:through|over)|run\s+through|look\s+(?:at|up|to\s+see|for|in|through|over)|"
    r"find|get|search|recall|report|provide|inform|let\s+me\s+(?:know|see|hear)|confirm|print|hear|"
    r"know|verify|describe|share|name|count|present|fetch|call\s+up|remind|send|say|what\s+about|how\s+about)"
)
QUESTION = (
    r"(?:what(?:'s|\s+'\s+s|s|re|'re|\s+is|\s+are)?|which|who(?:'s|se)?|when(?:'s)?|where(?:'s)?|how(?:'s)?|why|"
    r"do|does|did|is|are|am|was|were|have|has|will|would|could|can|should|may|any|anything|there)"
)

# Verbs that begin a thing to do. They tell "buy milk" (a deed) from "milk" (a thing), and "add go to the
# gym" from "add this to my playlist".
DEED = (
    r"(?:buy|call|phone|ring|pay|get|go|pick|take|make|do|clean|wash|cook|write|read|send|email|e-mail|text|"
    r"mail|visit|meet|see|check|fix|repair|finish|start|begin|prepare|plan|organi[sz]e|schedule|book|order|"
    r"return|renew|submit|review|study|learn|practi[sc]e|try|watch|feed|walk|water|mow|vacuum|mop|sweep|iron|"
    r"fold|paint|plant|pack|unpack|move|bring|give|tell|ask|talk|speak|reply|respond|answer|follow|update|"
    r"upgrade|install|set|test|deploy|ship|merge|draft|print|sign|file|scan|copy|back|cancel|confirm|arrange|"
    r"attend|join|invite|wish|thank|wrap|bake|drop|deliver|collect|purchase|sell|donate|find|look|search|"
    r"research|replace|change|turn|charge|empty|fill|refill|work|exercise|run|workout|eat|drink|sleep|wake|"
    r"add|put|remove|delete|create|build|design|implement|investigate|discuss|apply|register|enroll|pray|shave|"
    r"shower|brush|shop|use|leave|be|have|let|keep|help|complete|mark|remember|lock|close|open|throw|recycle|"
    r"shovel|rake|trim|cut|sew|mend|build|tidy|dust|dry|hang|host|cater|celebrate|decorate|rsvp|rent|hire|"
    r"interview|onboard|present|rehearse|record|transfer|withdraw|deposit|budget|invoice|bill)"
)
