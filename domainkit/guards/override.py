"""Knows attempts to rewrite an assistant, which look alike in every domain.

Orders are told from questions by their place: "Ignore all previous instructions" commands, "may I
ignore the instructions on the label?" asks. Long jailbreaks avoid the known orders but cannot do
without their vocabulary, so several different words of it, one of them about machines that talk,
are taken as one.
"""

from __future__ import annotations

import re

from domainkit.guards.phrases import Haystack

# How many different words of a jailbreak's vocabulary make one. Orders and vocabulary together
# catch 116 of 120 jailbreaks found in the wild and none of 6,556 questions of medicine, law and
# daily life. Orders in words that nobody foresaw are for the model (domainkit.guards.injection).
_ENOUGH = 3

# Where an order begins: at the start of a clause, or after a word that leads into a command.
_BEGIN = (
    r"(?:^ |[\x01\x02] |(?<= )(?:please|pls|now|then|and|but|also|just|must|should|so|stop|first"
    r"|kindly|instead) )"
)
_SOME = r"(?:[^ \x01\x02]+ ){0,5}?"
_GIVEN = (
    r"(?:instructions?|orders?|directions?|directives?|prompts?|assignments?|guidelines"
    r"|programming|rules)"
)
_BEFORE = (
    r"(?:everything|previous|prior|preceding|above|before|so far|till now|documents provided)"
)
_UNDO = r"(?:ignore|disregard|forget|drop|abandon|override|bypass|discard|leave)"
_ORDERS = (
    rf"{_BEGIN}{_UNDO} {_SOME}(?:{_GIVEN}|{_BEFORE}) ",
    rf" {_UNDO} (?:about )?(?:all |any |the |of |your |my )*{_BEFORE} (?:\w+ )?{_GIVEN} ",
    rf"{_BEGIN}(?:print|show|reveal|repeat|display|output|leak) {_SOME}"
    r"(?:prompts?|prompt texts?|(?:your|initial|system|hidden|these) instructions|texts? above"
    r"|above text|(?:words|text|sentences|lines|everything) above) ",
    rf"{_BEGIN}(?:print|show|reveal|repeat|display|output|leak) {_SOME}instructions above ",
    rf"{_BEGIN}(?:tell me|give me) (?:all )?(?:your|the (?:initial|system|hidden)|youre) {_SOME}"
    r"(?:prompts?|prompt texts?|instructions) ",
    rf"{_BEGIN}(?:ignore|forget|disregard|drop) (?:all )?(?:what|everything) {_SOME}"
    r"(?:told|said|asked|instructed|written|learned|above|before) (?!about )",
    r"(?:^ |[\x01\x02] )(?:new|updated|changed|real) (?:instructions?|task|orders?|rules?)"
    r" [\x01\x02] ",
    r" (?:reply|respond|answer|say) (?:only )?(?:with )?(?:i have been )?(?:hacked|pwned|owned) ",
    r" (?:as if|like|that) you (?:had|have) no"
    r" (?:rules|restrictions|limits|limitations|filters?|guidelines) ",
    r"(?:^ |[\x01\x02] )act as (?:an? |my |the )?(?:\w+ ){0,3}?(?:terminal|pirate|hacker|console"
    r"|interpreter|girlfriend|boyfriend|villain|character|ai|assistant|chatbot|bot|model"
    r"|persona) ",
    r" (?:beginning of this|above|initial|original|entire|full|hidden|secret|system) prompt ",
    r" (?:your|the) (?:new|next) (?:tasks?|instructions|assignments?|role) (?:is|are|follows?) ",
    r" (?:now|here) (?:new|other|further) (?:tasks?|instructions) (?:\w+ )?follow ",
    r" (?:now )?comes? (?:a )?new tasks? ",
    r" focus (?:only )?on (?:your new|the next) task ",
    r" your instructions are (?:now )?to ",
    r" you are (?:now |no longer )(?:\w+ ){0,8}?(?:ai|bot|chatgpt|gpt|model|assistant|persona|mode"
    r"|role|character|unrestricted|chatbot) ",
    r" from (?:now on|now|this (?:point|moment)(?: on| onward)?) (?:you|youre|we|id like you) ",
    r" (?:i want|id like|i need) you to (?:act|pretend|behave|respond|answer) (?:as|like) ",
    rf"{_BEGIN}(?:pretend|imagine|act as if|suppose) (?:that )?(?:you are|youre|to be|you were) ",
    r" (?:lets|we will|well) (?:do a |play a )?role ?play ",
    r" (?:stay in character|do anything now|developer mode enabled|dan mode|jailbroken) ",
    r" answer by your own knowledge ",
    r" you are (?:now |just )?(?:role ?playing|pretending) ",
    r" (?:in the (?:style|voice|manner|tone) of|speak(?:ing)? like|talk(?:ing)? like|respond as)"
    r" (?:an? |the )?(?:\w+ ){0,2}?(?:gentleman|sailor|pirate|villain|poet|comedian|rapper|robot"
    r"|hacker|such|an? ai) ",
    r" (?:repeat|say|write) after me ",
    r" (?:begin|start|end|finish|open|close) (?:your |the |every )?(?:answers?|repl(?:y|ies)"
    r"|responses?|sentences?) with (?:the )?(?:words?|phrase|sentence|letters?) ",
    r" (?:what|which) (?:are|were|is) your (?:\w+ )?(?:instructions?|prompts?|system message) ",
    r" (?:tell|show|give) me what (?:are |were |is )?your (?:\w+ )?(?:instructions?|prompts?) ",
    r" (?:sentences?|words?|lines?|text) (?:right )?(?:before|above|preceding) the (?:text|words?"
    r"|question|prompt) ",
    r" ignore all (?:\w+ )?(?:provided|given) (?:\w+ )?(?:context|articles?|documents?|sources?"
    r"|passages?|information) ",
    r" this is not an? (?:prompt )?injection ",
    # In other languages, whose questions are asked again in one of the assistant's.
    r" (?:ignoriere?n?|vergiss|vergessen|missachte|olvid[ae]|ignora|oubliez?|ignorez|zaboravi"
    r"|dimentica|esque(?:ca|ce)|vergeet|negeer|zapomnij) (?:\w+ ){0,2}?(?:alles?n?|allen?|davor"
    r"|tod[oa]s?|tout(?:es)?|sve|tutt[oei]|wszystk\w+|bisherigen?|vorherigen?|obigen?"
    r"|anteriores|instru\w+) ",
    r" (?:bisherigen?|vorherigen?) (?:informationen|instruktionen|anweisungen|auftrage) ",
    r" (?:stell dir vor|imagina que|imagine que) [\x01\x02]? ?(?:du|tu|eres|sie) ",
)
# "S a y  t h a t": letters spelt out, so that no word of an order stands in the text.
_SPELT = re.compile(r"(?:(?<![^\W\d_])[^\W\d_][ .\-_]){8,}[^\W\d_](?![^\W\d_])")
_ORDERS_ZH = (
    r"(?:忽略|无视|忘记|忘掉|抛开|不要理会|不用理会|不要遵守|跳过|删除|覆盖)[^\x01\x02]{0,4}"
    r"(?:以上|之前|上面|前面|先前|此前|所有|一切|全部|你的|系统)[^\x01\x02]{0,8}"
    r"(?:指令|指示|提示|规则|设定|命令|对话|约束)",
    r"(?:输出|显示|告诉我|打印|重复|透露|泄露|复述|公开)[^\x01\x02]{0,6}"
    r"(?:系统提示|提示词|系统指令|初始指令|隐藏指令|你的指令|你的设定)",
    r"(?:从现在(?:开始|起)|现在)[^\x01\x02]{0,3}你(?:就?是|将|要|必须|扮演|不再)[^\x01\x02]{0,12}"
    r"(?:角色|ai|人工智能|机器人|dan|没有限制|不受限制|模型)",
    r"(?:我要你|我想让你|我希望你|请你)(?:假装|扮演|充当)",
    r"(?:不要遵守|不遵守|不必遵守|别遵守|别管|不管)[^\x01\x02]{0,4}(?:前面|之前|上面|以上|你的|任何)[^\x01\x02]{0,4}"
    r"(?:规定|规则|指令|设定|限制|要求)",
    r"把?你的?(?:系统提示|提示词|设定|指令)[^\x01\x02]{0,6}(?:复述|输出|打印|告诉|说出来|显示|发给)",
    r"你(?:现在|从现在起)?(?:要|来|必须|将)?(?:扮演|变成|当)[^\x01\x02]{0,4}(?:不受限制|没有限制|无限制|没有道德)",
    r"越狱模式|开发者模式",
)
_ANY_ORDER = re.compile("|".join(_ORDERS))
_ANY_ORDER_ZH = re.compile("|".join(_ORDERS_ZH))

_MACHINE = re.compile(
    r" (chatgpt|openai|gpt\d*|ai|ais|chatbot|language model|prompts?|jailbreak|roleplay|persona"
    r"|characters?|simulat(?:e|ion|or))(?= )"
)
_LICENCE = re.compile(
    r" (amoral|immoral\w*|unethical|ethic\w*|morals?|morality|illegal\w*|uncensored|censor\w*"
    r"|unfiltered|filters?|unrestricted|restrictions?|limitations?|guidelines|fictional|fictitious"
    r"|hypothetical\w*|personalit\w+|refuse|obey|unhinged|swear\w*|profanit\w*|vulgar|offensive"
    r"|disclaimers?|evil|programmed|villain|reply|respond)(?= )"
)


def attempt(text: str) -> str:
    """Return the words of ``text`` that try to rewrite the assistant; empty when none do."""
    said = Haystack.of(text)
    english, chinese = said.forms["en"], said.forms["zh"]
    if _SPELT.search(text):
        return "letters spelt out"
    order = _ANY_ORDER.search(english) or _ANY_ORDER_ZH.search(chinese)
    if order:
        return " ".join(re.sub(r"[\x01\x02]", "", order[0]).split())
    machine = {found[1]: None for found in _MACHINE.finditer(english)}
    licence = {found[1]: None for found in _LICENCE.finditer(english)}
    words = [*machine, *licence]
    return ", ".join(words) if machine and len(words) >= _ENOUGH else ""
