"""A small roster for tests, read from CSV as the real one is."""

from pathlib import Path

from models.entities import Roster, read_roster

ENTITIES = """\
entity,name,kind,role,stands_for,from,until,wikidata
russia,Russia,state,actor,russia,,,Q159
putin,Vladimir Putin,person,actor,russia,1999-12-31,,
china,China,state,actor,china,,,Q148
maduro,Nicolás Maduro,person,target,maduro,,,
venezuela,Venezuela,state,other,chavez,,2013-03-05,
venezuela,Venezuela,state,target,maduro,2013-03-05,2026-01-03,
venezuela,Venezuela,state,target,acting_government,2026-01-03,,
acting_government,Acting government,government,target,acting_government,2026-01-03,,
chavez,Hugo Chávez,person,other,chavez,,,
united_states,United States,state,third,united_states,,,
last_named,the actors last named,reference,actor,last_named,,,
"""
ALIASES = """\
alias,entity,language,match
Russia,russia,en,word
Russian,russia,en,word
Moscow,russia,en,word
Росси,russia,ru,prefix
俄罗斯,russia,zh,substring
Putin,putin,und,word
China,china,en,word
Beijing,china,en,word
中国,china,zh,substring
Maduro,maduro,und,word
Мадуро,maduro,ru,word
马杜罗,maduro,zh,substring
Venezuela,venezuela,en,word
Caracas,venezuela,en,word
Chávez,chavez,und,word
U.S.,united_states,en,word
both nations,last_named,en,word
Both nations,last_named,en,word
"""


def small_roster(folder: Path) -> Roster:
    (folder / "entities.csv").write_text(ENTITIES, encoding="utf8")
    (folder / "aliases.csv").write_text(ALIASES, encoding="utf8")
    return read_roster(folder)
