/**
 * The report's browser script: draws the charts from the data embedded in the page, and adds what only a script can (tables behind the
 * charts, a copy button, everything unfolded for print). Without it the report still reads: verdict, evidence and figures are plain HTML.
 * Bundled by `bundle.mjs`; runs under a policy without `unsafe-eval`, so Vega's expressions are interpreted.
 */
import { drawCharts } from './charts.js';
import { offerCopying } from './copy.js';
import { unfoldForPrint } from './print.js';
import { offerTables } from './tables.js';

const element = document.getElementById('report-data');
const data = JSON.parse(element.textContent);
document.documentElement.classList.add('scripted');
offerCopying();
unfoldForPrint();
offerTables(data);
drawCharts(data);
