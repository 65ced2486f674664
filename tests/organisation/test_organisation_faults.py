"""A wrong file is refused with table, row, field, and what would be right; never in the words of a library."""

import pytest

from sami.documents.checks.fault import Fault
from sami.organisation.applying import merged_document
from sami.organisation.publishing import OrganisationRefused
from tests.organisation.test_organisation import FILE

BOT = 'key = "main"\n'
ANA = 'email = "ana@example.com"\n'
ACTION = '  { do = "assign_to", agent = "olive" },\n'
MENU = '  { digits = "2", words = ["message"], say = "To leave a message", then = "voicemail" },\n'
FALLBACK = '  { phone = "+15125550190", name = "Front desk", confirm = false },\n'
ORGANISATION = "wrap_up = 15\n"


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(OrganisationRefused) as refused:
        merged_document({}, text, prune=False)
    return list(refused.value.faults)


def instead(old: str, new: str) -> str:
    assert FILE.count(old) == 1, old
    return FILE.replace(old, new)


def menu(choice: str) -> str:
    return instead(MENU, f"  {choice},\n")


def action(line: str) -> str:
    return instead(ACTION, f"  {line},\n")


def test_the_file_itself_has_no_fault() -> None:
    assert list(merged_document({}, FILE, prune=False)) == ["organisation", "agents", "teams", "lines", "bots"]


WRONG_FILES = {
    # The text and its tables.
    "not TOML": ("[organisation\n", "the file is not TOML: ", "at line 1, column 14"),
    "a key twice": (instead(ORGANISATION, "wrap_up = 1\nwrap_up = 2\n"), "the file is not TOML: ", "at line 9"),
    "nothing at all": ("", "[organisation]: is missing;", "name, country and time_zone"),
    "a table misspelt": (FILE + "[[agent]]\n", "[agent]: is not a known table;", "did you mean agents?"),
    "rows of policy": (FILE + "[[policy]]\n", "[policy]: is not a table;", "write [policy] and its keys below it"),
    "one bracket": ('[agents]\nkey = "ana"\n', "[agents]: is not a list of rows;", "begin every row with [[agents]]"),
    "rows of organisation": ("[[organisation]]\n", "[organisation]: is not a table;", "write [organisation]"),
    # The organisation.
    "no name": (instead('name = "Harbor Homes"\n', ""), "[organisation]: name is missing;", "write it like name ="),
    "empty name": (instead('"Harbor Homes"', '" "'), "[organisation]: name is empty;", "write something"),
    "country in words": (instead('"US"\n', '"USA"\n'), '"USA" is not the code of a country;', '"US"'),
    "UK": (instead('"US"\n', '"UK"\n'), '[organisation]: country "UK" is not the code of a country;', 'write "GB"'),
    "no such zone": (
        instead('country = "US"\ntime_zone = "America/Chicago"', 'country = "US"\ntime_zone = "Chicago"'),
        "[organisation]: time_zone is wrong:",
        "America/Chicago",
    ),
    "unknown account owner": (
        instead('account_owner = "olive"', 'account_owner = "oliver"'),
        '[organisation]: account_owner "oliver" is not the key of an agent;',
        "use one of ana, ben, olive",
    ),
    "wrap-up too long": (instead("wrap_up = 15", "wrap_up = 3601"), "wrap_up 3601 is out of range;", "from 0 to 3600"),
    "wrap-up negative": (instead("wrap_up = 15", "wrap_up = -1"), "wrap_up -1 is out of range;", "from 0 to 3600"),
    "a carrier's word": (instead("away =", "stop ="), "[organisation]: synonyms.stop is wrong:", "choose another word"),
    "a synonym of nothing": (instead('"OFF 60"', '"DANCE"'), "synonyms.away is wrong:", "OFF 60"),
    # Agents.
    "number for text": (instead('name = "Ana Ruiz"', "name = 5"), "[[agents]] ana: name 5 is not text;", "in quotes"),
    "text for a switch": (instead("calls = true", 'calls = "yes"'), 'calls "yes" is not a switch;', "true or false"),
    "number for a switch": (instead("leads = true", "leads = 1"), "ana: leads 1 is not a switch;", "true or false"),
    "text for a list": (instead('["spanish", "buyers"]', '"buyers"'), 'skills "buyers" is not a list;', "brackets"),
    "no phone": (
        instead('phone = "+15125550102"\n', ""),
        "[[agents]] ben: phone is missing;",
        'phone = "+15125550101"',
    ),
    "no key": (FILE + '[[teams]]\nname = "Sellers"\n', "[[teams]] #2: key is missing;", 'write it like key = "ana"'),
    "capitals in a key": (
        FILE + '[[agents]]\nkey = "Cy"\nname = "Cy"\nphone = "+15125550103"\n',
        '[[agents]] Cy: key "Cy" is not a key;',
        "small letters",
    ),
    "a key that names a group": (
        FILE + '[[agents]]\nkey = "admins"\nname = "Cy"\nphone = "+15125550103"\n',
        '[[agents]] admins: key "admins" names a group',
        "choose another key",
    ),
    "misspelt key": (
        instead("screening = true", "screning = true"),
        "ana: screning is not a known name;",
        "screening?",
    ),
    "python's spelling": (
        instead("{ from =", "{ from = 2026-12-21, from_ ="),
        "out_of_office[1].from_ is not",
        "from?",
    ),
    "a cap of nothing": (
        instead(ANA, ANA + "caps = { open_leads = 0 }\n"),
        "ana: caps.open_leads 0 is too small;",
        "leads = false",
    ),
    "a misspelt cap": (
        instead(ANA, ANA + "caps = { open_lead = 9 }\n"),
        "ana: caps.open_lead is not a known name;",
        "open_leads?",
    ),
    "a cap in words": (instead(ANA, ANA + 'caps = { leads_per_day = "9" }\n'), "is not a whole number;", "quotes"),
    "a state in words": (
        instead(ANA, ANA + 'licences = ["TX", "Texas"]\n'),
        'ana: licences[2] "Texas" is not the code of a state;',
        '"TX"',
    ),
    "a state in small letters": (instead(ANA, ANA + 'licences = ["ok"]\n'), '"ok" is not the code', 'such as "OK"'),
    "a licence twice": (
        instead(ANA, ANA + 'licences = ["TX", "TX"]\n'),
        'licences[2] "TX" stands there twice;',
        "once",
    ),
    "local phone": (
        instead("+15125550102", "512555"),
        'phone "512555" is not a phone number;',
        "for example +15125550101",
    ),
    "pretty phone": (instead("+15125550102", "(512) 555-0102"), "is not in E.164;", 'write "+15125550102"'),
    "impossible phone": (instead("+15125550102", "+15125"), '"+15125" is not a phone number;', "write it in E.164"),
    "premium phone": (instead("+15125550102", "+19002345678"), "is a premium-rate number;", "may be dialled"),
    "satellite phone": (instead("+15125550102", "+881612345678"), "is a satellite number;", "may be dialled"),
    "emergency number": (instead("+15125550102", "911"), '"911" is not a phone number;', "write it in E.164"),
    "another country": (instead("+15125550102", "+442079460958"), "is in GB, a country this", "may be dialled"),
    "an e-mail without @": (
        instead("ana@example.com", "ana"),
        'email "ana" is not an e-mail address;',
        "ana@example.com",
    ),
    "unknown role": (instead('role = "agent"', 'role = "boss"'), 'role "boss" is not known;', "owner, admin, manager"),
    "unreadable hours": (instead("Mo-Fr 09:00-18:00; PH off", "9 to 5"), "ana: hours is wrong:", "Mo-Fr 09:00-18:00"),
    "no such holidays": (instead('"US-TX"', '"US-ZZ"'), "ana: holidays is wrong:", "TX"),
    "holidays without a region": (instead('holidays = "US-TX"\n', ""), "ana: hours is wrong:", "US"),
    "back before leaving": (
        instead("to = 2027-01-02", "to = 2026-12-20"),
        "ana: out_of_office[1] ends (2026-12-20) before it begins (2026-12-21);",
        "in this order",
    ),
    "covering oneself": (instead('cover = "ben"', 'cover = "ana"'), "out_of_office[1].cover is the absent", "somebody"),
    "unknown cover": (instead('cover = "ben"', 'cover = "bob"'), 'cover "bob" is not the key of an agent;', "ana, ben"),
    "text for a date": (instead("from = 2026-12-21", 'from = "soon"'), 'from "soon" is not a date;', "2026-12-21"),
    "time for a date": (instead("from = 2026-12-21", "from = 2026-12-21T08:00:00"), "is not a date;", "2026-12-21"),
    "control character": (instead("Ana Ruiz", r"Ana\u0000"), "ana: name holds a control character;", "plain text"),
    # Teams and lines.
    "unknown manager": (instead('manager = "olive"', 'manager = "max"'), 'manager "max" is not the key of an', "olive"),
    "unknown member": (instead('["ana", "ben"]', '["ana", "max"]'), 'members[2] "max" is not the key of an', "ben"),
    "member twice": (instead('["ana", "ben"]', '["ana", "ana"]'), 'members[2] "ana" stands there twice;', "once"),
    "line without a bot": (instead('bot = "main"\n', ""), "[[lines]] +15125550100: bot is missing;", 'bot = "main"'),
    "line with an unknown bot": (
        instead('bot = "main"', 'bot = "mian"'),
        'bot "mian" is not the key of a bot;',
        "main",
    ),
    "line abroad": (instead("+15125550100", "+442079460958"), "[[lines]] +442079460958: phone", "may be dialled"),
    # Bots.
    "ringing too short": (instead("ring_timeout = 20", "ring_timeout = 4"), "ring_timeout 4 is out", "from 5 to 300"),
    "ringing too long": (
        instead("ring_timeout = 20", "ring_timeout = 301"),
        "ring_timeout 301 is out",
        "from 5 to 300",
    ),
    "ringing in words": (instead("ring_timeout = 20", 'ring_timeout = "20"'), 'ring_timeout "20" is not a whole', "20"),
    "waiting too short": (instead("max_wait = 90", "max_wait = 14"), "max_wait 14 is out of range;", "from 15 to 600"),
    "waiting too long": (instead("max_wait = 90", "max_wait = 601"), "max_wait 601 is out of range;", "from 15 to 600"),
    "overlap past the ring": (instead("overlap = 0", "overlap = 21"), "overlap 21 is out of range;", "from 0 to 20"),
    "ringing nobody": (instead("max_ring = 10", "max_ring = 0"), "max_ring 0 is out of range;", "from 1 to 10"),
    "ringing a crowd": (instead("max_ring = 10", "max_ring = 11"), "max_ring 11 is out of range;", "from 1 to 10"),
    "unknown pattern": (
        instead("assigned_then_group", "assigned_than_group"),
        "pattern",
        "did you mean assigned_then_",
    ),
    "number without one": (
        instead('behaviour = "rules"', 'behaviour = "number"'),
        "main: number is missing;",
        "to ring",
    ),
    "number of ours": (
        instead('behaviour = "rules"', 'behaviour = "number"\nnumber = "+15125550100"'),
        'main: number "+15125550100" is one of our own lines;',
        "ends outside",
    ),
    "fallback of ours": (
        instead("+15125550190", "+15125550100"),
        '[[bots]] main: fallback[1].phone "+15125550100" is one of our own lines;',
        "ends outside",
    ),
    "premium fallback": (instead("+15125550191", "+19002345678"), "fallback[2].phone", "may be dialled"),
    "fallback without a phone": (instead(FALLBACK, '  { name = "Desk" },\n'), "fallback[1].phone is missing;", "+1512"),
    "unknown team": (instead(BOT, BOT + 'team = "sellers"\n'), 'team "sellers" is not the key of a team;', "buyers"),
    "music from nowhere": (instead("https://static", "ftp://static"), "is not a web address;", "https://"),
    "no voice": (instead("Polly.Joanna-Neural", ""), "[[bots]] main: voice is empty;", "write something"),
    "no language": (instead('"en-US"', '""'), "[[bots]] main: language is empty;", "write something"),
    "a language of which sentences are missing": (
        instead('"en-US"', '"fr-FR"'),
        'language "fr-FR" is a language in which these sentences are missing: recorded, connecting,',
        "word each of them under sentences, or speak English or Spanish",
    ),
    "unknown sentence": (
        instead("apology =", "apolgy ="),
        "sentences.apolgy is not a sentence;",
        "did you mean apology?",
    ),
    "strange placeholder": (
        instead("Nobody could take", "{agent} could not take"),
        "sentences.apology has the unknown placeholder {agent};",
        "leave it out",
    ),
    "strange greeting": (
        instead("calling Harbor Homes", "calling {office}"),
        "greeting has the unknown",
        "{organisation}",
    ),
    "open brace": (
        instead("Nobody could take", "{Nobody could take"),
        "sentences.apology has a brace",
        "pair of braces",
    ),
    # The menu and the questions.
    "the person's key": (menu('{ digits = "0", say = "x", then = "transfer" }'), 'menu[2].digits "0" always', "1 to 9"),
    "two keys": (menu('{ digits = "12", say = "x", then = "transfer" }'), 'digits "12" is not one key;', "1 to 9 or *"),
    "nothing to say": (
        menu('{ digits = "2", say = "", then = "voicemail" }'),
        "menu[2].say is empty;",
        "write something",
    ),
    "unknown end": (
        menu('{ digits = "3", say = "x", then = "sing" }'),
        'menu[2].then "sing" is not known;',
        "transfer",
    ),
    "asked twice": (
        instead("questions = [\n", 'questions = [\n  { attribute = "budget", ask = "" },\n'),
        "questions[1].ask is empty;",
        "write something",
    ),
    "strange attribute": (instead('"timeframe"', '"Time frame"'), 'attribute "Time frame" is not a name;', "timeframe"),
    "one choice twice": (instead('"3 months"', '"Now"'), "questions[1].choices hold an empty one", "differently"),
    # Outcomes.
    "unknown outcome": (
        FILE.replace("outcomes.missed", "outcomes.mised"),
        "is not known;",
        "did you mean missed_transfer?",
    ),
    "no such cadence": (
        action('{ do = "enrol", cadence = "nine-day" }'),
        'cadence "nine-day" is not the key of a cadence;',
        "cadence",
    ),
    "a step outside cadences": (
        action('{ do = "wait", for = "1 day" }'),
        'do "wait" belongs into cadences only;',
        "take it out",
    ),
    "unknown verb": (action('{ do = "notfy" }'), 'actions[2].do "notfy" is not known;', "did you mean notify?"),
    "unknown channel": (
        action('{ do = "notify", who = "owner", by = ["pigeon"] }'),
        'actions[2].by[1] "pigeon" is not known;',
        "text, email, app, slack, webhook",
    ),
    "no channel": (action('{ do = "notify", who = "owner", by = [] }'), "actions[2].by is empty;", 'by = ["text"]'),
    "notifying nobody": (action('{ do = "notify" }'), "actions[2].who is missing;", 'do = "notify" needs who'),
    "notifying a stranger": (
        action('{ do = "notify", who = "max" }'),
        'who "max" is nobody;',
        "account_owner, managers",
    ),
    "a task without a title": (action('{ do = "task" }'), "actions[2].title is missing;", "needs title"),
    "a vague time": (action('{ do = "task", title = "x", due = "soon" }'), 'due "soon" is not', '"5 minutes"'),
    "an empty note": (action('{ do = "note", say = "" }'), "actions[2].say is empty;", "write something"),
    "a field of another verb": (
        action('{ do = "note", say = "x", who = "ana" }'),
        'actions[2].who does not belong to do = "note";',
        "it takes say",
    ),
    "assigning to a stranger": (action('{ do = "assign_to", agent = "max" }'), 'agent "max" is not the key', "olive"),
    "unknown lead field": (
        action('{ do = "text_lead", say = "{lead.nam}" }'),
        "say has the unknown placeholder {lead.nam};",
        "{lead.name}",
    ),
}


@pytest.mark.parametrize(("text", "wrong", "right"), WRONG_FILES.values(), ids=WRONG_FILES.keys())
def test_a_wrong_file_is_refused_with_what_would_be_right(text: str, wrong: str, right: str) -> None:
    faults = [str(fault) for fault in faults_of(text)]
    assert len(faults) == 1, faults
    assert wrong in faults[0]
    assert right in faults[0]


TWICE = {
    "agents": ('[[agents]]\nkey = "ana"\nname = "Ana"\nphone = "+15125550103"\n', 'key "ana" stands there twice'),
    "teams": ('[[teams]]\nkey = "buyers"\nname = "Buyers"\n', 'key "buyers" stands there twice'),
    "lines": (
        '[[lines]]\nphone = "+15125550100"\nname = "x"\nbot = "main"\n',
        'phone "+15125550100" stands there twice',
    ),
    "one phone": ('[[agents]]\nkey = "cy"\nname = "Cy"\nphone = "+15125550101"\n', "is the phone of two agents"),
}


@pytest.mark.parametrize(("rows", "wrong"), TWICE.values(), ids=TWICE.keys())
def test_what_may_stand_once_is_refused_at_both_places(rows: str, wrong: str) -> None:
    faults = [str(fault) for fault in faults_of(FILE + rows)]
    assert len(faults) == 2
    assert all(wrong in fault for fault in faults)


def test_two_choices_on_one_key_are_refused() -> None:
    faults = faults_of(menu('{ digits = "1", say = "x", then = "transfer" }'))
    assert [fault.field for fault in faults] == ["menu[1].digits", "menu[2].digits"]


def test_an_agent_whose_phone_is_a_line_of_ours_is_refused() -> None:
    faults = faults_of(instead("+15125550102", "+15125550100"))
    assert [(fault.row, fault.field) for fault in faults] == [("ben", "phone")]
    assert faults[0].wrong == '"+15125550100" is one of our own lines'


def test_all_faults_are_told_at_once_also_of_one_row() -> None:
    text = FILE.replace("ring_timeout = 20", 'ring_timeout = "20"').replace("max_wait = 90", "max_wait = 1")
    text = text.replace("+15125550102", "512").replace('manager = "olive"', "manager = 3") + "[[cadence]]\n"
    assert [(fault.table, fault.row, fault.field) for fault in faults_of(text)] == [
        ("cadence", "", ""),
        ("agents", "ben", "phone"),
        ("teams", "buyers", "manager"),
        ("bots", "main", "ring_timeout"),
        ("bots", "main", "max_wait"),
    ]


def test_a_row_without_a_key_is_named_by_its_place_in_the_file() -> None:
    document = merged_document({}, FILE, prune=False)
    with pytest.raises(OrganisationRefused) as refused:
        merged_document(document, '[[teams]]\nname = "Sellers"\n', prune=False)
    assert [str(fault) for fault in refused.value.faults] == ['[[teams]] #1: key is missing; write it like key = "ana"']
