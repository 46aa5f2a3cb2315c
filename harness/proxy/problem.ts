/**
 * Reads the `type` of a problem document (RFC 9457) from a response body that passes.
 */
import { problemTypePrefix } from '../history/index.ts';

/** Problem documents are small; one that is larger is passed on unread. */
const documentLimitBytes = 64 * 1024;

export class ProblemReader {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= documentLimitBytes) this.#parts.push(part);
  }

  /** Without the prefix of the harness's own registry. A type from elsewhere stays as it is. */
  type(): string | undefined {
    if (this.#bytes > documentLimitBytes) return undefined;
    const type = parsedType(Buffer.concat(this.#parts).toString('utf8'));
    return type?.startsWith(problemTypePrefix) ? type.slice(problemTypePrefix.length) : type;
  }
}

function parsedType(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null || !('type' in document)) return undefined;
    return typeof document.type === 'string' ? document.type : undefined;
  } catch {
    // The body announced itself as a problem document and is not JSON: the record simply has no problem.
    return undefined;
  }
}
