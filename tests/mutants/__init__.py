"""Tests of the tests: the program is changed in one place at a time, and the tests near that place should fail."""
