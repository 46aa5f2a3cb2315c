/**
 * The stock of one SKU: `reserve` and then either `release` or `commit`, each with input `{ orderId, quantity }` (the quantity counts on
 * `reserve` only), and `read`, which returns `{ available, reserved, sold }`. A reservation is made once: repeating it, releasing or
 * committing what is not reserved, and reserving more than is available are rejected. The initial state is the number available.
 */
import { canonical, sameValue } from './canonical.ts';
import { describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

export interface Stock {
  readonly available: number;
  readonly sold: number;
  /** Order → quantity, for what is reserved now. */
  readonly reservations: ReadonlyMap<string, number>;
  /** Orders whose reservation has ended. */
  readonly closed: ReadonlySet<string>;
}

interface StockInput {
  readonly orderId: string;
  readonly quantity?: number;
}

function isStockInput(value: unknown): value is StockInput {
  return typeof value === 'object' && value !== null && 'orderId' in value && typeof value.orderId === 'string';
}

const reservedOf = (stock: Stock): number => [...stock.reservations.values()].reduce((sum, quantity) => sum + quantity, 0);

export const stock: Model<Stock> = {
  name: 'stock',
  description: 'The stock of one SKU: reserve, release, commit, read. Nothing is sold that was not there.',
  functions: ['reserve', 'release', 'commit', 'read'],
  init: (initial) => ({ available: typeof initial === 'number' ? initial : 0, sold: 0, reservations: new Map(), closed: new Set() }),
  step(state, call) {
    if (call.f === 'read') return call.output === UNKNOWN_OUTPUT || sameValue(call.output, observed(state)) ? state : REJECTED;
    if (!isStockInput(call.input)) return REJECTED;
    const { orderId, quantity = 0 } = call.input;
    if (call.f === 'reserve') return reserve(state, orderId, quantity);
    return end(state, orderId, call.f === 'commit');
  },
  canonical: (state) =>
    canonical([state.available, state.sold, [...state.reservations].sort(([a], [b]) => (a < b ? -1 : 1)), [...state.closed].sort()]),
  describeState: (state) => canonical(observed(state)),
  describeCall: describe,
  nature: (call) => (call.f === 'read' ? 'read' : 'update'),
  problem(call) {
    if (call.f === 'read') return undefined;
    if (!isStockInput(call.input)) return `expected the input of ${call.f} to be { orderId, quantity }, got ${canonical(call.input)}`;
    const { quantity } = call.input;
    if (call.f !== 'reserve' || (Number.isInteger(quantity) && Number(quantity) > 0)) return undefined;
    return `expected a positive whole quantity to reserve, got ${canonical(quantity)}`;
  },
};

const observed = (state: Stock) => ({ available: state.available, reserved: reservedOf(state), sold: state.sold });

function reserve(state: Stock, orderId: string, quantity: number): Stock | typeof REJECTED {
  if (quantity > state.available || state.reservations.has(orderId) || state.closed.has(orderId)) return REJECTED;
  return { ...state, available: state.available - quantity, reservations: new Map(state.reservations).set(orderId, quantity) };
}

function end(state: Stock, orderId: string, commit: boolean): Stock | typeof REJECTED {
  const quantity = state.reservations.get(orderId);
  if (quantity === undefined) return REJECTED;
  const reservations = new Map(state.reservations);
  reservations.delete(orderId);
  return {
    available: state.available + (commit ? 0 : quantity),
    sold: state.sold + (commit ? quantity : 0),
    reservations,
    closed: new Set(state.closed).add(orderId),
  };
}
