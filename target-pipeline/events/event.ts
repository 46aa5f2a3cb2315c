/** What the order service tells the world. */
export interface OrderEvent {
  /** `orderId:type`: one event of a type an order, so a relayed copy is recognized. */
  readonly id: string;
  readonly type: 'order-confirmed' | 'order-cancelled';
  readonly orderId: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** Hybrid logical clock stamp of the transition that caused the event. */
  readonly hlc: string;
  /** Stamps of what this event depends on; each is before `hlc`. */
  readonly dependsOn: readonly string[];
}
