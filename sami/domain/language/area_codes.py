"""Where in the United States and Canada is an area code, and which clocks do people there go by?

As the numbering plan has assigned them by 2026. A phone may have moved away from its area; nobody can tell.
"""

from dataclasses import dataclass

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
_DETROIT, _INDIANA, _BOISE = "America/Detroit", "America/Indiana/Indianapolis", "America/Boise"
_TORONTO, _WINNIPEG, _ATLANTIC = "America/Toronto", "America/Winnipeg", "America/Halifax"
_VANCOUVER, _EDMONTON, _REGINA = "America/Vancouver", "America/Edmonton", "America/Regina"

# States, every zone that the area code reaches into, area codes.
_AREAS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("AK", ("America/Anchorage", "America/Adak"), "907"),
    ("AL", (_CENTRAL,), "205 251 256 334 659 938"),
    ("AR", (_CENTRAL,), "327 479 501 870"),
    ("AS", ("Pacific/Pago_Pago",), "684"),
    ("AZ", ("America/Phoenix",), "480 520 602 623"),
    (
        "AZ",
        ("America/Phoenix", _MOUNTAIN),
        "928",
    ),  # The Navajo Nation changes its clocks, the rest of Arizona does not.
    ("CA", (_PACIFIC,), "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650"),
    ("CA", (_PACIFIC,), "657 661 669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951"),
    ("CO", (_MOUNTAIN,), "303 719 720 748 970 983"),
    ("CT", (_EASTERN,), "203 475 860 959"),
    ("DC", (_EASTERN,), "202 771"),
    ("DE", (_EASTERN,), "302"),
    ("FL", (_EASTERN,), "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954"),
    ("FL", (_EASTERN, _CENTRAL), "448 850"),
    ("GA", (_EASTERN,), "229 404 470 478 678 706 762 770 912 943"),
    ("GU", ("Pacific/Guam",), "671"),
    ("HI", ("Pacific/Honolulu",), "808"),
    ("IA", (_CENTRAL,), "319 515 563 641 712"),
    ("ID", (_BOISE, _PACIFIC), "208 986"),
    ("IL", (_CENTRAL,), "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872"),
    ("IN", (_INDIANA,), "260 317 463 765"),
    ("IN", (_INDIANA, _CENTRAL), "219 574 812 930"),
    ("KS", (_CENTRAL,), "316 913"),
    ("KS", (_CENTRAL, _MOUNTAIN), "620 785"),
    ("KY", (_EASTERN,), "502 859"),
    ("KY", (_EASTERN, _CENTRAL), "270 364 606"),
    ("LA", (_CENTRAL,), "225 318 337 504 985"),
    ("MA", (_EASTERN,), "339 351 413 508 617 774 781 857 978"),
    ("MD", (_EASTERN,), "227 240 301 410 443 667"),
    ("ME", (_EASTERN,), "207"),
    ("MI", (_DETROIT,), "231 248 269 313 517 586 616 734 810 947 989"),
    ("MI", (_DETROIT, _CENTRAL), "906"),
    ("MN", (_CENTRAL,), "218 320 507 612 651 763 952"),
    ("MO", (_CENTRAL,), "235 314 417 557 573 636 660 816 975"),
    ("MP", ("Pacific/Saipan",), "670"),
    ("MS", (_CENTRAL,), "228 601 662 769"),
    ("MT", (_MOUNTAIN,), "406"),
    ("NC", (_EASTERN,), "252 336 472 704 743 828 910 919 980 984"),
    ("ND", (_CENTRAL, _MOUNTAIN), "701"),
    ("NE", (_CENTRAL,), "402 531"),
    ("NE", (_CENTRAL, _MOUNTAIN), "308"),
    ("NH", (_EASTERN,), "603"),
    ("NJ", (_EASTERN,), "201 551 609 640 732 848 856 862 908 973"),
    ("NM", (_MOUNTAIN,), "505 575"),
    ("NV", (_PACIFIC,), "702 725"),
    ("NV", (_PACIFIC, _MOUNTAIN), "775"),
    ("NY", (_EASTERN,), "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934"),
    ("OH", (_EASTERN,), "216 220 234 283 326 330 380 419 440 513 567 614 740 937"),
    ("OK", (_CENTRAL,), "405 539 572 580 918"),
    ("OR", (_PACIFIC,), "503 971"),
    ("OR", (_PACIFIC, _BOISE), "458 541"),
    ("PA", (_EASTERN,), "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878"),
    ("PR", ("America/Puerto_Rico",), "787 939"),
    ("RI", (_EASTERN,), "401"),
    ("SC", (_EASTERN,), "803 821 839 843 854 864"),
    ("SD", (_CENTRAL, _MOUNTAIN), "605"),
    ("TN", (_CENTRAL,), "615 629 731 901 931"),
    ("TN", (_EASTERN,), "865"),
    ("TN", (_EASTERN, _CENTRAL), "423"),
    ("TX", (_CENTRAL,), "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 936"),
    ("TX", (_CENTRAL,), "940 945 956 972 979"),
    ("TX", (_MOUNTAIN,), "915"),
    ("UT", (_MOUNTAIN,), "385 435 801"),
    ("VA", (_EASTERN,), "276 434 540 571 686 703 757 804 826 948"),
    ("VI", ("America/St_Thomas",), "340"),
    ("VT", (_EASTERN,), "802"),
    ("WA", (_PACIFIC,), "206 253 360 425 509 564"),
    ("WI", (_CENTRAL,), "262 274 353 414 534 608 715 920"),
    ("WV", (_EASTERN,), "304 681"),
    ("WY", (_MOUNTAIN,), "307"),
    ("AB", (_EDMONTON,), "368 403 587 780 825"),
    ("BC", (_VANCOUVER,), "604"),
    ("BC", (_VANCOUVER, _EDMONTON), "236 250 257 672 778"),
    ("MB", (_WINNIPEG,), "204 431 584"),
    ("NB", (_ATLANTIC,), "428 506"),
    ("NL", ("America/St_Johns", _ATLANTIC), "709 879"),
    ("NS PE", (_ATLANTIC,), "782 902"),
    ("NT NU YT", (_TORONTO, _WINNIPEG, _EDMONTON, "America/Whitehorse"), "867"),
    ("ON", (_TORONTO,), "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942"),
    ("ON", (_TORONTO, _WINNIPEG), "807"),
    ("QC", (_TORONTO,), "263 273 354 438 450 468 514 579 819 873"),
    ("QC", (_TORONTO, _ATLANTIC), "367 418 581"),
    ("SK", (_REGINA, _EDMONTON), "306 474 639"),
)

_NORTH: dict[str, tuple[str, ...]] = {  # The three share one area code.
    "NT": (_EDMONTON,),
    "NU": (_TORONTO, _WINNIPEG, _EDMONTON),
    "YT": ("America/Whitehorse",),
}


@dataclass(frozen=True, slots=True)
class Area:
    """What one area code covers: more than one state only in Canada."""

    states: tuple[str, ...]
    zones: tuple[str, ...]


def area_of(area_code: str) -> Area | None:
    return _AREA_BY_CODE.get(area_code)


def zones_of_state(state: str) -> tuple[str, ...]:
    """Every zone that the state reaches into; empty for a state that is not there."""
    return _ZONES_BY_STATE.get(state, ())


def _zones_by_state() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for states, zones, _ in _AREAS:
        for state in states.split():
            found.setdefault(state, {}).update(dict.fromkeys(zones))
    return {state: tuple(zones) for state, zones in found.items()} | _NORTH


_AREA_BY_CODE = {code: Area(tuple(states.split()), zones) for states, zones, codes in _AREAS for code in codes.split()}
_ZONES_BY_STATE = _zones_by_state()
