"""The site in a browser, opened from disk: formulas are set, nothing fails, pages fit, the search finds."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.site.entries import KINDS
from tests.support.places import ROOT

pytestmark = pytest.mark.web

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test-web installs it")

FAULTS = """
() => {
  const found = [];
  for (const broken of document.querySelectorAll(".katex-error")) found.push("formula: " + broken.title);
  for (const formula of document.querySelectorAll(".arithmatex")) if (!formula.querySelector(".katex")) found.push("not set: " + formula.textContent);
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) found.push("too wide by " + wide);
  for (const image of document.images) if (!image.naturalWidth) found.push("image: " + image.src);
  return found;
}
"""
