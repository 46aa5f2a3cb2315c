/**
 * Just as much of Vega as the report's charts use: a third less to carry than the whole. A transform that isn't named here fails as soon as a chart asks for it,
 * which the browser test would show.
 */
import { transforms } from 'vega-dataflow';
import { axisticks, datajoin, encode, scale } from 'vega-encode';
import { expressionInterpreter } from 'vega-interpreter';
import { parse } from 'vega-parser';
import { collect, extent, filter, formula, multiextent, proxy, relay, sieve } from 'vega-transforms';
import { View } from 'vega-view';
import { bound, mark, overlap, render, viewlayout } from 'vega-view-transforms';

Object.assign(transforms, {
  axisticks,
  bound,
  collect,
  datajoin,
  encode,
  extent,
  filter,
  formula,
  mark,
  multiextent,
  overlap,
  proxy,
  relay,
  render,
  scale,
  sieve,
  viewlayout,
});

/** A view of a compiled chart in `container`, as SVG: its colours are CSS variables, so light, dark and print need no redrawing. */
export function createView(spec, container) {
  return new View(parse(spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'svg', container, hover: false });
}
