"""Issuer identification numbers that AAMVA has assigned to states and territories."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ISSUERS"]

# AAMVA, "Issuer Identification Numbers (IIN)", registered under ISO/IEC 7812. The Marshall Islands, Micronesia and
# Palau have none.
_NUMBERS = """
AL 636033  AK 636059  AS 604427  AZ 636026  AR 636021  CA 636014  CO 636020  CT 636006  DE 636011  DC 636043
FL 636010  GA 636055  GU 636019  HI 636047  ID 636050  IL 636035  IN 636037  IA 636018  KS 636022  KY 636046
LA 636007  ME 636041  MD 636003  MA 636002  MI 636032  MN 636038  MS 636051  MO 636030  MT 636008  NE 636054
NV 636049  NH 636039  NJ 636036  NM 636009  NY 636001  NC 636004  ND 636034  MP 604430  OH 636023  OK 636058
OR 636029  PA 636025  PR 604431  RI 636052  SC 636005  SD 636042  TN 636053  TX 636015  UT 636040  VT 636024
VI 636062  VA 636000  WA 636045  WV 636061  WI 636031  WY 636060
"""
_WORDS = _NUMBERS.split()

ISSUERS: Mapping[str, str] = MappingProxyType(dict(zip(_WORDS[1::2], _WORDS[::2], strict=True)))
"""Two-letter codes of states and territories by six-digit issuer identification number."""
