"""How the page of a run looks, in light and in dark."""

from hardlab.pages.colours import DARK, LIGHT
from hardlab.pages.panels import PANELS

GLOW_IN_LIGHT, GLOW_IN_DARK = "#d6e9f8", "#17405c"
PIXEL_IN_LIGHT, PIXEL_IN_DARK = "#8b949e", "#7d8997"

ANSWERS = """
.threshold { fill: none; stroke-width: 1.5; stroke: var(--lit) } .threshold.no { stroke: var(--beyond); stroke-dasharray: 5 3 }
.band { stroke: none; opacity: 0.16 } .band.yes { fill: var(--passed) } .band.no { fill: var(--beyond) }
.dot { fill: var(--row, var(--ink)) } .exact { fill: none; stroke: var(--quiet); stroke-width: 1 }
.cross { fill: none; stroke: var(--wrong); stroke-width: 2 }
.ring { fill: transparent; stroke: var(--ring, transparent); stroke-width: 1.5 }
"""
"""Of answers against their thresholds, on the page and in a figure."""

STYLE = f"""
:root {{ --lit: {LIGHT["passed"]}; --glow: {GLOW_IN_LIGHT}; --pixel: {PIXEL_IN_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ --lit: {DARK["passed"]}; --glow: {GLOW_IN_DARK}; --pixel: {PIXEL_IN_DARK} }} }}
{PANELS}{ANSWERS}"""
STYLE += """
.verdict.yes { border-color: var(--passed) }
.verdict.no { border-color: var(--ink) }
.verdict.unknown { border-color: var(--beyond) }
.alarm { margin: 16px 0; padding: 10px 16px; border: 3px solid var(--wrong); border-radius: 8px;
  font-size: 1.1rem; font-weight: 600 }
.panel { margin: 0 0 12px; padding: 4px 18px 16px; border: 1px solid var(--grid); border-radius: 10px }
.panel > h2 { margin: 0.8em 0 0.3em }
.panel figure { margin: 14px 0 }
figcaption { margin: 0 0 4px; font-size: 0.95rem }
.edge { margin: 0 0 12px; padding: 6px 18px 6px 22px; border-left: 4px solid var(--stem) }
.edge p { margin: 0.2em 0 }
dl.sizes { display: flex; flex-wrap: wrap; gap: 2px 26px; margin: 0 0 10px }
dl.sizes div { display: flex; gap: 8px }
dl.sizes dt { flex: none; color: var(--ink); font-weight: 600; white-space: nowrap }
dl.sizes dd { color: var(--quiet) }
.lists { display: flex; flex-wrap: wrap; gap: 4px 28px; align-items: flex-start }
.lists > figure { min-width: 0; max-width: 100% }
.scroll > svg.sized { display: block; max-width: none }
svg.figure { display: block; width: 100%; max-width: 480px; height: auto }
svg.key { width: 14px; height: 14px; vertical-align: -2px }
.of { display: none }
.bar { position: sticky; top: 0; z-index: 2; display: flex; gap: 12px; align-items: center; margin: 0 -16px 16px;
  padding: 8px 16px; background: var(--paper); border-bottom: 1px solid var(--grid); font-size: 0.95rem }
.bar > span { flex: none }
.chips { display: flex; gap: 6px; overflow-x: auto; padding: 4px }
.chip { flex: none; min-width: 36px; padding: 3px 10px; border: 1px solid var(--stem); border-radius: 14px; text-align: center;
  text-decoration: none; color: var(--ink); background: var(--paper) }
.chip .quiet { color: inherit }
.spot { position: fixed; top: 0; left: 0; width: 0; height: 0 }
a:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--lit); outline-offset: 1px }
svg .small, svg .number { font-size: 11px }
svg .number { text-anchor: end; fill: var(--number, var(--quiet)) }
svg .small { fill: var(--mark, var(--ink)); font-weight: var(--weight, 400) }
.px { fill: none; stroke: var(--row, var(--pixel)); stroke-width: calc(var(--cell, 6px) - 1px) }
.of .px { stroke: var(--pixel) }
.of .px.clash { stroke: var(--wrong) } .of .px.meet { stroke: var(--lit) }
.strip { fill: var(--box) }
.px.plus1 { opacity: 0.6 }
.px.minus2 { stroke: var(--row, var(--stem)); opacity: 0.8; stroke-width: 2 }
.px.minus1 { stroke: var(--row, var(--stem)); opacity: 0.8; stroke-width: 1 }
.end-mark { fill: none; stroke-width: calc(var(--cell, 6px) - 1px) }
.end-mark.data { stroke: var(--lit) } .end-mark.other { stroke: var(--beyond) }
.back { fill: var(--back, var(--paper)) }
a:hover .back { fill: var(--glow) }
.head { fill: var(--stem) } .head.odd { opacity: 0.5 } g:hover > .head { fill: var(--lit); opacity: 1 }
.heads { fill: none; stroke: var(--stem); stroke-width: 6 } .heads.hot { stroke: var(--wrong) }
.cut { fill: none; stroke: var(--ink); stroke-width: 1.5 }
.clause { fill: none; stroke: var(--struck, transparent); stroke-width: 7; opacity: 0.45 }
g:hover > .clause { stroke: var(--glow); opacity: 1 }
.lit { fill: var(--mark, var(--pixel)); stroke: var(--mark, var(--pixel)); stroke-width: 1 }
.lit[class*=" n"] { fill: var(--paper) }
.bars { fill: var(--stem) } .bars.own { fill: var(--lit); opacity: 0.75 }
.weights.data { fill: var(--lit) } .weights.other { fill: var(--beyond) }
.clauses, .names { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 200px), 1fr)); gap: 2px 24px;
  padding-left: 2.6em; font-size: 0.92rem }
.names { grid-template-columns: 1fr; list-style: none; padding-left: 0 }
.clauses span { color: var(--mark, inherit); font-weight: var(--weight, 400) }
.clauses li { text-decoration: var(--line, none); text-decoration-color: var(--struck) }
.way { padding-left: 1.4em }
"""
