/** Seam signals, scraped from outside while a run goes on. */
export { type ScraperOptions, startScraping } from './scraper.ts';
