/** The workloads, one file each. The first is the default. */
import { orders } from './orders.ts';
import { registers, uniqueRegisters } from './registers.ts';
import { stock } from './stock.ts';
import type { Workload } from './workload.ts';

export { createRegisters, type RegistersOptions } from './registers.ts';
export { type ArrivalKind, defineWorkload, type Load, type LoadOptions, type Workload, type WorkloadDefaults } from './workload.ts';

export const workloads: readonly Workload[] = [orders, registers, uniqueRegisters, stock];
