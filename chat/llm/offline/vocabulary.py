"""The families of words that the built-in assistant reads, each a fragment of a regular expression."""

from __future__ import annotations

import re
from functools import cache


@cache
def pattern(source: str) -> re.Pattern[str]:
    """Compile on first use, so that importing the assistant costs nothing."""
    return re.compile(source)


def one_of(*families: str) -> str:
    """An alternation of the words given, where `_` stands for the space inside a phrase."""
    words = " ".join(families).split()
    return "(?:" + "|".join(word.replace("_", r"\s+") for word in words) + ")"


DETERMINER = one_of("my the a an our this that these those your his her their any some another")
DETERMINERS = rf"(?:(?:all|both|of|me|up|new|current|own|first|{DETERMINER})\s+){{0,5}}"
WEEKDAY = one_of(
    "mon(?:day)? tue(?:s|sday)? wed(?:nesday)? thu(?:rs|rsday)? fri(?:day)? sat(?:urday)? sun(?:day)?"
)
MONTH = one_of(
    "jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sep(?:t"
    "|tember)? oct(?:ober)?",
    "nov(?:ember)? dec(?:ember)?",
)
TIME_WORD = one_of(
    "today tonight tomorrow yesterday morning afternoon evening night noon day days week "
    "weeks weekend month year",
    WEEKDAY,
)
HOUR = r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"

TODO = r"(?:to-dos?|todos?|to\s+dos|to\s+do(?!\s+(?:that|this|it|list)\b))"
# "to do" alone is more often a verb ("able to do") than a noun.
TODO_NAMED = r"(?:to-dos?|todos?|to\s+dos|(?:my|the)\s+to\s+do|to\s+do\s+(?:lists?|items?|tasks?))"
TASK_NOUN = (
    rf"(?:tasks?|{TODO}(?:\s+(?:items?|tasks?))?|action\s+items?|list\s+items?|items?|chore|entry|entries)"
)
REMINDER_NOUN = r"(?:reminders?(?:'s)?(?:\s+alarms?)?|reminds|alarm\s+reminders?)"
LIST_NOUN = one_of(
    "(?:check)?lists? calend[ae]rs? agendas?(?:_lists?)? planner diary schedule backlog "
    "(?:shopping|grocery)_(?:cart|bag|basket|notes?)"
)
MEETING = one_of(
    "meetings?(?!\\s+rooms?) appointments? appts? events? part(?:y|ies) conferences? stand-?ups? "
    "deadlines? birthdays? interviews?",
    "anniversar(?:y|ies) weddings? reunions? ceremon(?:y|ies) workshops? checkups? check-ups? get-togethers?",
)
EVENT_NOUN = one_of(
    MEETING,
    "class(?:es)? lunch(?:es)? dinners? breakfasts? brunch(?:es)? sessions? calls? visits? "
    "games? haircuts? concerts?",
    "reviews? presentations? trips? vacations? holidays? dates?",
)

# Occasions that are also names of other things ("record the show"): only said to be arranged, or one's own.
OCCASION = one_of(
    EVENT_NOUN,
    "catch-?ups? catch_ups? one-on-ones? recitals? rehearsals? lessons? practices? exams? seminars?",
    "webinars? demos? kick-?offs? retreats? off-?sites? picnics? barbecues? bbqs? cookouts? potlucks? galas?",
    "fundraisers? festivals? shows? match(?:es)? tournaments? races? tours? surger(?:y|ies) operations?",
    "cleanings? inspections? viewings? slots? syncs? huddles? briefings? trainings? massages? facials?",
    "fittings? hangouts? services?",
)
# What other assistants are asked for. A command that names one of these, and neither a task, a reminder
# nor a list, is not for us; without this gate one in twelve such lines changed data.
FOREIGN = r"(?<!['\w])" + one_of(
    "songs? music(?!\\s+(?:lessons?|class|practice|recital)) albums? tunes? tracks? playlists? play_list "
    "artists? radio podcasts? "
    "audio\\s*books? movies?(?!\\s+(?:night|date|party)) films?(?!\\s+night)",
    "episodes? trailers? tv television volume speakers? shuffle theat(?:re|er)s? cinemas? recording",
    "lights? lamps? brightness colou?rs? thermostat temperature temp heating fans? blinds? "
    "curtains? switch sockets?",
    "plug vacuum roomba pto pictures?(?!\\s+day) photos? images? videos?(?!\\s+(?:call|chat|conference)) "
    "coffee(?!\\s+with\\b) oven garage door wifi wi-fi "
    "bluetooth phone(?!\\s+(?:call|interview|meeting)) device mode screen alarms? timers?",
    "e-?mails? mails? my_inbox messages? texts? sms tweets? twitter facebook instagram "
    "snapchat posts? contacts? complaint",
    "news headlines weather forecast rain snow umbrella stocks? accounts? cards? money "
    "bank pin passwords? insurance",
    "credit payment transfer reservations? table restaurants? taxi cab uber lyft rides? "
    "train flights? plane tickets?",
    "hotels? pizza(?!\\s+(?:night|party)) takeout takeaway orders? spot recipe app voice language accent "
    "name "
    "feelings? pages? line words?",
    "downloads? navigation backgrounds? (?:gym|phone|cable)_contracts? chats? heat heater ac",
    "air_conditioning mood websites? levels? pick_me_up dishwasher washing_machine dryer coffee_maker",
    "tips? windows? shades? calories subtitles? captions? (?<!coffee\\s)(?<!air\\s)filter emojis? hashtags?",
    "stickers? bookmarks?",
    "widgets? threads?",
    "status(?=\\s+to\\b) deliver(?:y|ies) (?:phone_|his_|her_|\\w+'s_)numbers?",
    "conversations? jokes? riddles? fraud the_subject attachments? cache history folders? drafts? spam "
    "recipients? voicemails? bcc savings "
    "(?:in)?to_checking",
    "from_checking search(?:es)? sentence paragraph channel bpm subscription memberships? stains? "
    "browser purchases?",
)
# Whom one meets or calls: "a call with the bank" is a call.
_PARTY = (
    rf"(?P<event>\b{EVENT_NOUN}\b(?:\s+[\w'-]+){{0,2}}?)\s+(?:with|about)\s+(?:(?:my|the|our|an?)\s+)?"
    rf"(?:[\w'-]+\s+)?{FOREIGN}\b"
)
# "This album" goes on a list of music, not of things to do.
TRACK = (
    r"^(?:(?:this|that|the|current|another|an?)\s+)+(?:\w+\s+){0,4}?"
    r"(?:songs?|albums?|tracks?|tunes?|artists?)\b"
)
MEDIA_LIST = (
    r"\bplay\s?lists?\b|\bbpm\b|\bon\s+(?:spotify|youtube|netflix|hulu|deezer|pandora|itunes|tidal|soundcloud|instagram"
    r"|facebook|twitter|amazon)\b"
)

ADD = one_of(
    "throw_in toss_in add_in put_down(?!_as\\b) mark_down squeeze_in slot_in slap plop tack(?:_on)? "
    "add re[\\s-]?add put place include insert append write(?:_down)? jot(?:_down)? note"
    "(?:_down)? stick throw get(?!_me\\b)",
    "record enter log save pop slot squeeze chuck toss pencil_in",
)
MAKE = one_of(
    "set(?:\\s*up)? setup make create add schedule put(?:_in)? start new open get have "
    "enter give establish arrange",
    "insert place plan build generate need want send write program",
)
# Asked of a thing that may be anything, these mean our tasks; the weak ones only with a task or a list named.
DELETE = one_of(
    "delete(?:_off)? remove removal_of erase cancel scratch(?:_off|_out)? trash "
    "discard eliminate purge unschedule unset call_off delist",
    "cross_(?:off|out) strike_(?:off|out) clear_off take_off take_out take_away",
)
WEAK_DELETE = one_of(
    "clear(?:_out)? get_rid_of drop lose dismiss disable deactivate wipe(?:_out)? throw_(?:out|away) "
    "bin forget(?:_about)? undo cut axe scrap disregard ignore void omit exclude retract withdraw "
    "abandon mute",
    "silence abort revoke shut_off switch_off do_away_with let_go_of leave_out knock(?:_off|_out)? "
    "terminate subtract",
    "turn_off? kill nix ditch nevermind(?:_on)? never_mind(?:_on)? cross strike empty(?:_out)? reset stop",
)
DONE = one_of("done completed? finish(?:ed)? accomplished achieved ticked(?:_off)? checked(?:_off)? closed")
FINISH = one_of("complete finish check_off tick_off tick close resolve accomplish mark_off")
SHOW = one_of(
    "show tell list refresh read display view see check review give pull_up bring_up "
    "bing_up open access browse repeat recite",
    "go_(?:through|over) run_through look_(?:at|up|to_see|for|in|through|over) find get "
    "search recall report provide",
    "inform let_me_(?:know|see|hear) confirm print hear know verify describe share name "
    "count present fetch call_up",
    "make_me_aware_of (?:list|read|rattle|reel|call)_off run_down go_down walk_me_through take_a_look_at "
    "scan",
    "remind check_(?:if|for|whether) send say what_about how_about information "
    "need_information i_need_information",
)
QUESTION = one_of(
    "what(?:'s|_'_s|s|re|'re|_is|_are)? which who(?:'s|se)? when(?:'s)? where(?:'s)? how"
    "(?:'s)? why do does did is are",
    "am was were have has will would could can should may any anything there",
)

# Verbs that begin a thing to do. They tell "buy milk" (a deed) from "milk" (a thing), and "add go to the
# gym" from "add this to my playlist". The second family are names of things as well ("email", "book").
SURE_DEED = one_of(
    "buy pay get go pick take make do clean wash cook write read send visit meet see check "
    "fix repair finish start begin",
    "prepare organi[sz]e return renew submit study learn practi[sc]e try feed walk mow mop "
    "sweep fold pack unpack move",
    "bring give tell ask talk speak reply respond answer follow update upgrade install "
    "test deploy ship merge sign back",
    "confirm arrange attend join invite wish thank wrap bake drop deliver collect purchase "
    "sell donate find look search",
    "replace change fill refill eat drink sleep add put remove delete create build "
    "implement investigate discuss apply",
    "register enroll pray shave shop use leave be have let keep help complete mark "
    "remember throw recycle trim mend tidy",
    "hang celebrate decorate rsvp hire onboard rehearse withdraw deposit become stop turn "
    "run work exercise plan cancel descale defrost preheat polish assemble rinse sort measure inspect",
    "unclog prune weed",
)
MAYBE_DEED = one_of(
    "call phone ring email e-mail text mail schedule book order review watch water vacuum "
    "iron paint plant draft print",
    "file scan copy research charge empty workout design lock close open shovel rake cut "
    "sew dust dry host cater rent",
    "interview present record transfer budget invoice bill set brush shower wake play train name",
)
DEED = one_of(SURE_DEED, MAYBE_DEED)
# What nobody asks of an assistant: said alone, these are worth the question whether to add them.
CHORE = one_of(
    "buy pay clean wash fix repair renew submit feed walk mow mop sweep fold pack unpack bake return mail",
    "iron paint vacuum water dust trim tidy mend call phone visit pick_up drop_off refill donate recycle",
    "hang sew",
)


def is_foreign(words: str) -> bool:
    """Whether words name what other assistants are asked for, other than as the people one meets."""
    return pattern(rf"\b{FOREIGN}\b").search(pattern(_PARTY).sub(r"\g<event>", words)) is not None
