/**
 * After the load every node is to run again, or what the pipeline does from here on says nothing about it: faults are healed by then, but a
 * node may have ended by itself, or a fault may have failed to heal.
 */
import type { Driver } from '../drivers/index.ts';
import type { Remarks } from './remarks.ts';

export interface MakeWholeOptions {
  readonly nodes: readonly string[];
  readonly driver: Pick<Driver, 'status' | 'resume' | 'restart'>;
  /** Resolves once every node is ready. */
  readonly healthy: () => Promise<void>;
  readonly remarks: Remarks;
}

/** Resolves with whether all nodes run and are ready. */
export async function makeWhole({ nodes, driver, healthy, remarks }: MakeWholeOptions): Promise<boolean> {
  const back = await Promise.all(nodes.map((node) => bringBack(node, driver, remarks)));
  if (back.includes(false)) return false;
  try {
    await healthy();
    return true;
  } catch (error) {
    remarks.add({ text: `after the load, ${messageOf(error)}`, spoils: true });
    return false;
  }
}

async function bringBack(node: string, driver: MakeWholeOptions['driver'], remarks: Remarks): Promise<boolean> {
  try {
    const { state } = await driver.status(node);
    if (state === 'paused') {
      remarks.add({ text: `${node} was still paused when the load had ended, and was resumed`, spoils: true });
      await driver.resume(node);
    } else if (state !== 'running') {
      remarks.add({ text: `${node} was down when the load had ended, and was started again`, spoils: true });
      await driver.restart(node);
    }
    return true;
  } catch (error) {
    remarks.add({ text: `${node} could not be brought back: ${messageOf(error)}`, spoils: true });
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
