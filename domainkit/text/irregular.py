"""English words whose forms share no stem: plurals such as *women*, pasts such as *gave*.

Only forms with one reading are here: *left* may be a side, *led* a lamp, *wound* an injury.
"""

from __future__ import annotations

_FORMS = """
men man · women woman · children child · feet foot · teeth tooth · mice mouse · lice louse
wives wife · lives life · knives knife · halves half · selves self
gave given give · began begun begin · wrote written write · paid pay · bought buy · sold sell
kept keep · held hold · lost lose · sent send · brought bring · sought seek · broke broken break
stole stolen steal · made make · came come · became become · chose chosen choose
drove driven drive · fell fallen fall · forgot forgotten forget · grew grown grow
knew known know · met meet · ran run · risen rise · took taken take · taught teach
understood understand · wore worn wear · won win · slept sleep · ate eaten eat · drank drink
spoke spoken speak · hid hidden hide · bitten bite · shook shaken shake · froze frozen freeze
lent lend · spent spend · built build · dealt deal · withdrew withdrawn withdraw
undertook undertaken undertake · arose arisen arise · forbade forbidden forbid · bled bleed
fed feed · fled flee · struck strike · swollen swell · tore torn tear · woke woken wake
shown show · drew drawn draw · caught catch · fought fight · rode ridden ride · swore sworn swear
threw thrown throw · overdrawn overdraw · foresaw foreseen foresee · overcame overcome
"""


def _bases() -> dict[str, str]:
    entries = (entry.split() for line in _FORMS.splitlines() for entry in line.split("·"))
    return {form: base for *forms, base in filter(None, entries) for form in forms}


BASES = _bases()
