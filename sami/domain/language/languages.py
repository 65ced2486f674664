"""Which two letters does a language go by (ISO 639-1), however it was written, and how do people call it?"""

import unicodedata
from collections.abc import Mapping

# The English name first, then others; its own name among them.
_LANGUAGES = """
am Amharic, አማርኛ; ar Arabic, العربية; bg Bulgarian, български; bn Bengali, Bangla, বাংলা; bs Bosnian, bosanski;
ca Catalan, català; cs Czech, čeština; da Danish, dansk; de German, Deutsch; el Greek, ελληνικά; en English, inglés;
es Spanish, español, castellano, Castilian; et Estonian, eesti; fa Persian, Farsi, فارسی; fi Finnish, suomi;
fr French, français; gu Gujarati, ગુજરાતી; he Hebrew, עברית; hi Hindi, हिन्दी; hr Croatian, hrvatski;
ht Haitian, Haitian Creole, kreyòl, kreyòl ayisyen; hu Hungarian, magyar; hy Armenian, հայերեն;
id Indonesian, bahasa Indonesia; it Italian, italiano; ja Japanese, 日本語; km Khmer, ខ្មែរ; ko Korean, 한국어;
lo Lao, ລາວ; lt Lithuanian, lietuvių; lv Latvian, latviešu; ml Malayalam, മലയാളം; mr Marathi, मराठी;
ms Malay, bahasa Melayu;
my Burmese, မြန်မာ; ne Nepali, नेपाली; nl Dutch, Nederlands, Flemish; no Norwegian, norsk; pa Punjabi, Panjabi, ਪੰਜਾਬੀ;
pl Polish, polski; ps Pashto, پښتو; pt Portuguese, português; ro Romanian, română; ru Russian, русский;
sk Slovak, slovenčina; sl Slovenian, slovenščina; so Somali, Soomaali; sq Albanian, shqip; sr Serbian, српски, srpski;
sv Swedish, svenska; sw Swahili, Kiswahili; ta Tamil, தமிழ்; te Telugu, తెలుగు; th Thai, ไทย; tl Tagalog, Filipino;
tr Turkish, Türkçe; uk Ukrainian, українська; ur Urdu, اردو; vi Vietnamese, tiếng Việt; yi Yiddish, ייִדיש;
zh Chinese, Mandarin, 中文, 普通话; zu Zulu, isiZulu
"""


def _names() -> Mapping[str, tuple[str, ...]]:
    pairs = (entry.split(maxsplit=1) for entry in _LANGUAGES.split(";"))
    return {code: tuple(name.strip() for name in names.split(",")) for code, names in pairs}


def _folded(name: str) -> str:
    """Without regard to case and accents: people leave both out."""
    parts = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


_NAMES_OF = _names()
_CODE_OF = {_folded(name): code for code, names in _NAMES_OF.items() for name in names}


def language_code(written: str) -> str:
    """`es` for es, ES, es-MX, Spanish or español; what is none of these as it is written."""
    tag = written.strip().replace("_", "-").partition("-")[0].lower()
    if len(tag) == 2 and tag.isascii() and tag.isalpha():
        return tag
    return _CODE_OF.get(_folded(written), written)


def language_names(code: str) -> tuple[str, ...]:
    """How people call it, in English first; at the end the code itself."""
    return (*_NAMES_OF.get(code, ()), code)
