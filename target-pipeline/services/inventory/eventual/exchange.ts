/** Asks the other instances for their news, again and again: anti-entropy by pulling (Demers and others, PODC 1987, section 1.3). */
import type { Runtime } from '../../../runtime/port.ts';
import type { EventualBook, News } from './eventual-book.ts';

export interface ExchangeOptions {
  readonly book: EventualBook;
  /** The other instances, by name. */
  readonly peers: ReadonlyMap<string, string>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

interface Position {
  readonly incarnation: string | undefined;
  readonly next: number;
}

/** Starts one loop a peer. The function returned ends them. */
export function startExchange(runtime: Runtime, { book, peers, intervalMs, timeoutMs }: ExchangeOptions): () => void {
  const stopped = new AbortController();
  const heardAtMs = new Map([...peers.keys()].map((peer) => [peer, runtime.clock.monotonicMs()]));
  const silence = runtime.metrics.gauge('stock_exchange_lag_seconds', 'Since another instance was last heard.', ['peer']);
  runtime.metrics.beforeExpose(() => {
    for (const [peer, atMs] of heardAtMs) silence.set((runtime.clock.monotonicMs() - atMs) / 1000, { peer });
  });

  const pull = async (peer: string, url: string, { incarnation, next }: Position): Promise<Position & { readonly more: boolean }> => {
    const response = await runtime.transport.request({
      url: `${url}${newsPath}?after=${next}${incarnation === undefined ? '' : `&incarnation=${encodeURIComponent(incarnation)}`}`,
      method: 'GET',
      deadlineMs: timeoutMs,
      signal: stopped.signal,
    });
    if (response.status !== 200) throw new Error(`answered ${response.status}`);
    const news = JSON.parse(response.body) as News;
    await book.hear(news);
    heardAtMs.set(peer, runtime.clock.monotonicMs());
    return news;
  };

  const run = async (peer: string, url: string): Promise<void> => {
    let position: Position = { incarnation: undefined, next: 0 };
    while (!stopped.signal.aborted) {
      let more = false;
      try {
        ({ more, ...position } = await pull(peer, url, position));
      } catch (error) {
        if (!stopped.signal.aborted) runtime.log.info('stock.exchange-failed', { peer, message: String(error) });
      }
      if (!more) await runtime.timers.sleep(intervalMs, stopped.signal).catch(() => undefined);
    }
  };
  for (const [peer, url] of peers) void run(peer, url);
  return () => stopped.abort();
}

export const newsPath = '/stock-news';
