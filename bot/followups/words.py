"""English as far as the rules for follow-ups know it: the closed classes of words, and common verbs; pure."""

import re
from dataclasses import dataclass

WH = frozenset("who whom whose what which when where why how".split())
BE = frozenset("is are was were am be been being".split())
DO = frozenset("do does did".split())
HAVE = frozenset("has have had".split())
MODAL = frozenset("can could will would shall should may might must cannot".split())
AUX = BE | DO | HAVE | MODAL
PREPOSITIONS = frozenset(
    "about above after against along among around at before behind below beside between by during for from in"
    " inside into near of on onto outside over per since through till to towards under until via with within"
    " without".split()
)
PLACES = frozenset(
    "in on at under behind near inside outside above below".split()
)  # those that place a thing
PARTICLES = frozenset("ahead away back down off out over up".split())
ARTICLES = frozenset("the a an".split())
DETERMINERS = ARTICLES | frozenset(
    "this that these those my our your his her its their each every any some no all both another".split()
)
PRONOUNS = frozenset(
    "i you he she it we they me him us them her one ones somebody someone anybody anyone everybody everyone"
    " nobody something anything everything nothing there this that these those".split()
)
LINKS = frozenset("and or but if when while because unless although whether that than as so".split())
ADVERBS = frozenset(
    "again ago also already always anyway else ever exactly finally here just later longer more most"
    " never next not now often once only please precisely really right soon still then though today"
    " together tomorrow tonight too usually very well yet yesterday".split()
)
CLOSED = WH | AUX | PREPOSITIONS | PARTICLES | DETERMINERS | PRONOUNS | LINKS | ADVERBS
_NO_NAMES = PREPOSITIONS | AUX
CONNECTORS = frozenset("and but so also then ok okay well now plus".split())
DATES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays"
    " saturdays sundays weekend weekends january february march april May june july august september october"
    " november december noon midnight".split()
)
DAYS = frozenset(word for word in DATES if word.rstrip("s").endswith("day"))
NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty"
    " forty fifty sixty seventy eighty ninety hundred thousand million some over about".split()
)
ADJECTIVES = frozenset(  # those that stand after "is": the subject ends before them
    "able absent allowed available broken busy cheap clear closed cold complete correct dead down due empty"
    " expensive fast finished free full good green high hot ill important late live long necessary new nice"
    " okay old open paid possible present ready responsible right safe sick slow true unpaid valid warm"
    " welcome wrong".split()
)

_VERBS = frozenset(
    "accept add agree allow announce answer apply approve arrive ask attend base be become begin belong"
    " bill book break bring build burn buy call cancel carry cause chair change charge check choose clean"
    " close coach collect come complete connect contain contact continue cost count cover create cut deal"
    " decide define deliver deploy describe design develop die discover discuss do draw drink drive drop"
    " earn eat end enter exist expect expire explain fail fall feed feel fill find finish fit fix fly"
    " follow forget form found get give go grow hand hang happen have head hear heat help hire hold host"
    " include increase introduce invent invite issue join keep kill know last launch lead learn leave lend"
    " let lie light like limit live lock look lose maintain make manage mean measure meet mend merge mind"
    " mount move need object offer open operate order organise organize own pass pay perform pick place"
    " plan plant play prefer prepare present print produce promise propose provide publish pull push put"
    " raise reach read receive recommend record reduce refer refuse reject release remain remove renew"
    " rent repair replace reply report request require reset rest return review ring rise roll run save"
    " say score see seat sell send serve set share shut sign sing sit sleep sow speak spend stand start"
    " state stay stop store study submit succeed support take talk teach tell test think throw track train"
    " transfer translate travel treat try turn update upload use vary visit vote wait walk want warn wash"
    " water wear win work worry write".split()
)
_IRREGULAR = dict(
    pair.split("=")
    for pair in (
        "born=bear became=become began=begin begun=begin broke=break broken=break brought=bring"
        " built=build burnt=burn bought=buy came=come chose=choose chosen=choose cost=cost cut=cut"
        " dealt=deal did=do done=do drew=draw drawn=draw drank=drink drunk=drink drove=drive driven=drive"
        " ate=eat eaten=eat fell=fall fallen=fall fed=feed felt=feel found=find flew=fly flown=fly"
        " forgot=forget forgotten=forget got=get gave=give given=give went=go gone=go grew=grow grown=grow"
        " hung=hang had=have heard=hear held=hold kept=keep knew=know known=know led=lead learnt=learn"
        " left=leave lent=lend let=let lay=lie lit=light lost=lose made=make meant=mean met=meet paid=pay"
        " put=put read=read rang=ring rung=ring rose=rise risen=rise ran=run said=say saw=see seen=see"
        " sold=sell sent=send set=set shut=shut sang=sing sung=sing sat=sit slept=sleep sown=sow"
        " spoke=speak spoken=speak spent=spend stood=stand took=take taken=take taught=teach told=tell"
        " thought=think threw=throw thrown=throw wore=wear worn=wear won=win wrote=write written=write"
        " beat=beat hit=hit"
    ).split()
)
_NOUNS = frozenset(  # and no participles
    "bed briefing booking building ceiling evening feed filing funding heating hiring hosting housing"
    " hundred listing meaning meeting morning onboarding opening painting parking pricing recording seed"
    " setting shipping speed training wedding".split()
)
_SILENT = re.compile(r"(?:[cgsvzu]|[^aeiou][aeiou]t|[^aeiou][aiou]d|at|iz|ir|[^aeiou]l)$")
_ONE_BEAT = re.compile(r"^[^aeiou]*[aeiou][^aeiouwxy]$")
_KEEPS = frozenset("edit visit limit audit benefit deposit credit open happen listen".split())
_SHORT = re.compile(r"\b(who|what|where|when|why|how|(they|we|you))['’](?(2)re|s)\b", re.IGNORECASE)
_TOKEN = re.compile(r"\w+(?:(?:['’.\-–:/&]|(?<=\d),(?=\d))\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a mark, with its place in its text."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """It without case; but "Per", "Will" and "May" within a question are not "per", "will" and "may"."""
        low = self.text.lower()
        return self.text if self.start and self.text[0].isupper() and low in _NO_NAMES else low

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.text[0].isalnum()

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[0].isdigit()

    @property
    def is_open(self) -> bool:
        """Whether it belongs to no closed class: a noun, a verb, an adjective, a name."""
        return not self.is_mark and self.low not in CLOSED

    @property
    def is_name(self) -> bool:
        """Whether it is written as a name; the first word of a question always is."""
        return self.text[0].isupper() and self.low not in CLOSED and self.low not in DATES

    @property
    def is_possessive(self) -> bool:
        """Whether it says whose something is."""
        return self.low.endswith(("'s", "’s", "s'", "s’"))


def spelt_out(text: str) -> str:
    """A text with "who is" for "who's", and the like."""
    return _SHORT.sub(lambda match: f"{match[1]} {'are' if match[2] else 'is'}", text)


def words(text: str) -> tuple[Word, ...]:
    """The words and marks of a text, in order."""
    return tuple(Word(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text))


def base(verb: str) -> str:
    """A finite verb as it stands after "did" or "does"."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _VERBS:
        return verb
    if verb.endswith("ied"):
        return verb[:-3] + "y"
    if verb.endswith("ed"):
        return _without_ed(verb[:-2])
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb.removesuffix("s") if not verb.endswith("ss") else verb


def _without_ed(stem: str) -> str:
    if stem in _VERBS or stem in _KEEPS:
        return stem
    if stem + "e" in _VERBS:
        return stem + "e"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsfz":
        return stem[:-1]
    return stem + "e" if _ONE_BEAT.match(stem) or _SILENT.search(stem) else stem


def is_past(verb: str) -> bool:
    """Whether a finite verb speaks of the past."""
    return verb in _IRREGULAR or (verb.endswith("ed") and verb not in _VERBS)


def is_base(word: str) -> bool:
    """Whether it is a common verb as it stands after "did"."""
    return word in _VERBS


def is_verb(word: str) -> bool:
    """Whether it is a form that a common verb takes after its subject."""
    return word in _IRREGULAR or base(word) in _VERBS


def is_participle(word: str) -> bool:
    """Whether it may stand after "is": done, or doing."""
    return word in _IRREGULAR or (word.endswith(("ed", "ing")) and len(word) > 4 and word not in _NOUNS)
