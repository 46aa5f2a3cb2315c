/** Small HTTP helper for probes and final reads. */
import { request } from 'undici';
import { withDeadline } from '../deadline.ts';

const probeTimeoutMs = 2000;

/** The JSON answer; throws on any status but 200, on a time-out and when nobody listens. */
export async function getJson<T>(url: string, signal: AbortSignal, timeoutMs = probeTimeoutMs): Promise<T> {
  return withDeadline(signal, timeoutMs, async (deadline) => {
    const response = await request(url, { signal: deadline });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`GET ${url} answered ${response.statusCode}: ${text.slice(0, 200)}`);
    return JSON.parse(text) as T;
  });
}
