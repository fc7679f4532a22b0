"""Answers in words: literal orders first, then small tasks, images, what the prompt says, and small talk."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from conformance.reference.model.images import dominant_colour
from conformance.reference.model.listing import every_code
from conformance.reference.model.literal import COLON, ORDER, is_lead, options, spoken
from conformance.reference.model.orders import is_order
from conformance.reference.model.read import RESULT_KINDS, Passage, Picture, Transcript
from conformance.reference.model.recall import CODE_NOUN, COPULA, Find, read_question, recall
from conformance.reference.model.sample import Dice, choose_freely
from conformance.reference.model.tasks import calculate, count_out, known_fact, letters
from conformance.reference.model.words import codes, content_stems, sentences

LONG_ASK = 2000
LONG_OPENING = 400
UNKNOWN = "I do not know."
NOTED = "Thank you, I have noted that."
ONLY = re.compile(
    r"\b(?:only|alone|just|nothing else|nothing more|no other|exactly|verbatim|bare|no explanation)\b",
    re.I,
)
SUCCESS = re.compile(
    r"\b(?:succe\w+|work(?:ed)?\b|fail\w*|go wrong|went wrong|go through|an error\b|errors?\b"
    r"|is_error|complete[d]? without)",
    re.I,
)
STATUS = re.compile(r"\b(?:tool|call|function|operation|request|execution|it|lookup|result|that|command|query)\b", re.I)
NEGATIVE = re.compile(r"^(?:no|fail\w*|error\w*|false|broken|unsuccess\w*|bad|negative|n|failure|down)$", re.I)
SAYS_FAILED = re.compile(r"^\s*(?:error|failure)\b|\b(?:failed|could not|unable to|not found|denied)\b", re.I)
FAILURE_ASKED = re.compile(r"\b(?:fail\w*|error\w*|wrong|unsuccessful\w*)\b", re.I)
GOOD_ASKED = re.compile(r"\b(?:succe\w+|work(?:ed)?|complete[d]?|go through|ok|fine)\b", re.I)
WHICH_FAILED = re.compile(
    r"\b(?:which|name|list)\b[^?.]*\b(?:fail(?:ed|ures?)?|went wrong|unsuccessful|not succeed|"
    r"(?:marked|flagged|reported)[^?.]*\berrors?)\b",
    re.I,
)
STATUS_OF_MANY = re.compile(
    r"\b(?:tools|calls|functions|operations|requests|lookups|results|commands|ones|them)\b", re.I
)
IMAGE = re.compile(r"\b(?:colou?rs?|images?|pictures?|photos?|squares?|see|shown?|look|depict\w*|displayed)\b", re.I)
PLURAL_IMAGES = re.compile(
    r"\b(?:images|pictures|photos|squares|colou?rs|both|each|all|every|two|three|four|order)\b", re.I
)
ORDINAL = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "last": -1, "final": -1}
GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|day|evening|afternoon)|greetings|howdy)\b[^?]*$", re.I)
OPEN = re.compile(
    r"\b(?:explain|describe|summari[sz]e|why|how (?:do|does|can|could|would|should)|discuss"
    r"|compare|help|essay|advice|plan|tell me about|write about|opinion)\b",
    re.I,
)
QUESTION = re.compile(
    r"\?|^\W*(?:what|which|who|whose|where|when|how|why|explain|describe|summari[sz]e|discuss|compare|help|can|could|would|compose|create|pick|choose|use|call|look|check|get|does|do|did|should|translate|think|tell|list|name|give|state|find|report|recall|repeat|say|reply|answer|respond|show"
    r"|read|output|return|print|write|quote|copy|extract|echo|provide|identify)\b",
    re.I | re.M,
)
REMEMBER = re.compile(r"(?:please\s+)?\b(?:remember|keep in mind|note that|memori[sz]e|for later)\b", re.I)


POLITE = re.compile(r"\W*(?:please|now|then|finally)\b", re.I)
NOTED_DOWN = re.compile(r"\W*(?:please\s+)?(?:remember|note|keep|memori[sz]e)\b", re.I)
TELLS_CODE = re.compile(r"(?::|\bis|\bare|=)\s+\S*\d\S*[.!]?$")
MINE = re.compile(r"\b(?:I|my|we|our)\b", re.I)


def facts_of(transcript: Transcript) -> list[Passage]:
    """The passages to look things up in; of the turn that asks, what it asks is left out."""
    facts = []
    for passage in transcript.passages:
        if transcript.prefill and passage.turn == transcript.passages[-1].turn and passage.role == "assistant":
            continue
        if passage.kind == "text" and passage.role == "user" and passage.turn >= transcript.ask_turn:
            told = [
                sentence
                for _start, sentence in sentences(passage.text)
                if _states(sentence) and not _asks(sentence) and not is_order(sentence)
            ]
            facts.append(replace(passage, text="\n".join(told)))
        else:
            facts.append(passage)
    return facts


def question_of(ask: str) -> str:
    """The sentences of a request that ask for something; all of it where none does."""
    asking = [sentence for _start, sentence in sentences(ask) if _asks(sentence) and not is_order(sentence)]
    return "\n".join(asking) if asking else ask


def focused(ask: str) -> str:
    """What a long request comes down to: its asking sentences, or its end; text to repeat stays whole."""
    if len(ask) <= LONG_ASK:
        return ask
    opening = ask[:LONG_OPENING]
    order = COLON.search(opening)
    if order and is_lead(order["lead"], order["text"], order.group()):
        return ask
    return question_of(ask)[-LONG_ASK:] if any(_asks(s) for _start, s in sentences(ask)) else ask[-LONG_OPENING:]


def _states(sentence: str) -> bool:
    """Whether a sentence of the asking turn tells something, so that it may be what is asked for."""
    return bool(COPULA.search(sentence) or codes(sentence) or MINE.search(sentence))


@lru_cache(maxsize=8192)
def _asks(sentence: str) -> bool:
    if sentence.rstrip("\"'”)").endswith("?"):
        return True
    ordered = QUESTION.match(sentence) or (POLITE.match(sentence) and ORDER.search(sentence))
    if not ordered or NOTED_DOWN.match(sentence):
        return False
    return bool(ORDER.match(sentence)) or not TELLS_CODE.search(sentence)


def respond(
    transcript: Transcript,
    facts: list[Passage],
    ask: str,
    dice: Dice,
    unknown: str | None,
    finds: list[Find],
    effort: str,
) -> str:
    """The text of the answer; what it rests on is added to `finds`."""
    stale = transcript.results_pending and not any(
        p.kind == "text" and p.role == "user" and p.turn == _last_turn(transcript) for p in transcript.passages
    )
    status = _which_failed(transcript, ask) or _status(transcript, ask)
    if status:
        return status
    pictures = _colours(transcript, ask)
    if pictures:
        return pictures
    said = None if stale and not ONLY.search(ask) else _literal(ask)
    if said is not None:
        return said
    task = _task(ask, dice, stale)
    if task is not None:
        return task
    if REMEMBER.match(ask.strip()) and "?" not in ask:
        return NOTED
    found = every_code(question_of(ask), facts) or recall(question_of(ask), facts)
    if stale:
        own = [find for find in found if find.passage.kind in RESULT_KINDS]
        if not (ONLY.search(ask) and own):
            return _returned(transcript)
        found = own
    if found:
        finds += found
        return _worded([find.value for find in found], ask)
    if transcript.results_pending and (not QUESTION.search(ask) or not read_question(question_of(ask)).wanted):
        return _returned(transcript)
    return _otherwise(transcript, ask, unknown, finds, effort)


def _last_turn(transcript: Transcript) -> int:
    return max((passage.turn for passage in transcript.passages if passage.kind != "system"), default=0)


def _literal(ask: str) -> str | None:
    strong = COLON.search(ask)
    if not strong:
        spelled = letters(ask)
        if spelled is not None:
            return spelled
    for start, sentence in sentences(ask):
        if is_order(sentence) or not ORDER.search(sentence):
            continue
        where = ask.index(sentence, min(start, len(ask)))
        said = spoken(sentence, whole=ask[where:])
        if said:
            return said
    return None


def _task(ask: str, dice: Dice, stale: bool) -> str | None:
    if stale:
        return None
    counted = count_out(ask)
    if counted is not None:
        return counted
    spelled = letters(ask)
    if spelled is not None:
        return spelled
    if not re.search(r"\bdid (?:i|you)\b|\bi (?:chose|picked|said|told)\b", ask, re.I):
        free = choose_freely(ask, dice)
        if free is not None:
            return free
    value = calculate(ask)
    if value is not None:
        return value if ONLY.search(ask) else f"The answer is {value}."
    return known_fact(ask)


def _status(transcript: Transcript, ask: str) -> str | None:
    """ "Did the call succeed?" is answered by is_error, in the two words that were offered."""
    question = next((s for _start, s in sentences(ask) if SUCCESS.search(s) and STATUS.search(s)), None)
    if question is None:
        return None
    results = [p for p in transcript.passages if p.is_error is not None and p.kind != "search_error"]
    pair = next((found for _start, s in sentences(ask) if (found := options(s))), None)
    yes_no = re.match(r"\W*(?:did|was|were|has|have|is|are|does|do)\b", question, re.I) or pair
    if not results or not yes_no:
        return None
    failed = bool(results[-1].is_error) or bool(SAYS_FAILED.search(results[-1].text))
    if pair and {pair[0].lower(), pair[1].lower()} != {"yes", "no"}:
        bad = pair[0] if NEGATIVE.match(pair[0]) else pair[1]
        good = pair[1] if bad == pair[0] else pair[0]
        return bad if failed else good
    about_failure = bool(FAILURE_ASKED.search(question)) and not GOOD_ASKED.search(question)
    return "YES" if failed == about_failure else "NO"


def _which_failed(transcript: Transcript, ask: str) -> str | None:
    """ "Which of the calls failed?" is answered by is_error: with the codes of their results where codes are asked for,
    else with what they were called with."""
    question = next((s for _start, s in sentences(ask) if WHICH_FAILED.search(s) and STATUS_OF_MANY.search(s)), None)
    results = [p for p in transcript.passages if p.kind == "tool_result" and p.is_error is not None]
    if question is None or len(results) < 2:
        return None
    inputs = {p.label.split()[-1]: p.pairs for p in transcript.passages if p.kind == "tool_use"}
    named: list[str] = []
    for each in results:
        if each.is_error or SAYS_FAILED.search(each.text):
            given = codes(each.text) if CODE_NOUN.search(ask) else []
            pairs = inputs.get(each.label.split()[-1], ())
            named += given or [", ".join(value for _key, value in pairs) or each.tool]
    return _worded(named, ask) if named else "None of them."


def _colours(transcript: Transcript, ask: str) -> str | None:
    if not transcript.pictures or not IMAGE.search(ask):
        return None
    if re.search(r"\bcodes?\b|\bnumber\b", ask, re.I) and not re.search(r"\bcolou?r", ask, re.I):
        return None
    shown = _relevant(transcript.pictures, ask)
    names = [dominant_colour(picture.data) for picture in shown]
    for word, index in ORDINAL.items():
        if re.search(rf"\b{word} (?:image|picture|photo|one|square)\b", ask, re.I) and len(names) > abs(index):
            return _worded([names[index]], ask)
    if len(names) > 1 and not PLURAL_IMAGES.search(ask):
        names = names[-1:]
    return _worded(names, ask)


def _relevant(pictures: tuple[Picture, ...], ask: str) -> list[Picture]:
    of_tool = [picture for picture in pictures if picture.kind == "tool_result"]
    if of_tool and re.search(r"\btools?\b|\breturned\b|\bscreenshot\b", ask, re.I):
        return of_tool
    latest = pictures[-1].turn
    return [picture for picture in pictures if picture.turn == latest]


def _returned(transcript: Transcript) -> str:
    turn = _last_turn(transcript)
    results = [p for p in transcript.passages if p.kind == "tool_result" and p.turn == turn]
    texts = [p.text.strip() for p in results if p.text.strip()]
    if any(p.is_error for p in results):
        return f"The tool reported an error: {'; '.join(texts) or 'no details'}"
    pictures = [p for p in transcript.pictures if p.turn == turn]
    texts += [f"an image that is {dominant_colour(picture.data)}" for picture in pictures]
    return f"The tool returned: {'; '.join(dict.fromkeys(texts))}" if texts else "The tool returned nothing."


def _worded(values: list[str], ask: str) -> str:
    if re.search(r"\b(?:per line|own line|separate lines?|new lines?)\b", ask, re.I):
        return "\n".join(values)
    if ONLY.search(ask):
        joint = " " if re.search(r"\bspaces?\b", ask, re.I) else ", "
        return joint.join(values)
    text = " and ".join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else values[0]
    if len(text) > 200 or text.endswith((".", "!", "?")):
        return text
    return f"They are {text}." if len(values) > 1 else f"It is {text}."


def _otherwise(transcript: Transcript, ask: str, unknown: str | None, finds: list[Find], effort: str) -> str:
    if unknown:
        return unknown
    if re.search(r"\bhow are you\b", ask, re.I):
        return "I am fine, thank you. How can I help you today?"
    if GREETING.match(ask) and len(ask) < 60:
        return "Hello! How can I help you today?"
    cited = next((p for p in transcript.passages if p.cited and p.text.strip()), None)
    if cited:
        start, sentence = sentences(cited.text)[0]
        finds.append(Find(sentence, sentence, start, cited, 0, 1.0))
        return sentence
    pair = options(ask)
    if QUESTION.search(ask) and not OPEN.search(ask):
        return pair[1] if pair else UNKNOWN
    if REMEMBER.search(ask) or (ask and not QUESTION.search(ask) and not OPEN.search(ask)):
        return NOTED
    return _small_talk(ask, effort)


SENTENCES_OF_EFFORT = {"low": 1, "medium": 2, "high": 3, "xhigh": 4, "max": 5}


def _small_talk(ask: str, effort: str) -> str:
    words = content_stems(ask)[:4]
    topic = ", ".join(words) if words else "that"
    parts = (
        f"Here is what I can say about {topic}.",
        "It is best looked at one part at a time.",
        "The first part is to see clearly what is meant.",
        "The second part is to compare the cases that occur.",
        "The last part is to check the outcome against the question.",
    )
    return " ".join(parts[: SENTENCES_OF_EFFORT[effort]])
