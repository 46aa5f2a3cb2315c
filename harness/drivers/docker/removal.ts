/** Finds and removes what carries a run's label, and nothing else. */
import type Docker from 'dockerode';
import { statusOf } from './engine-error.ts';
import { nodeLabel, runLabel } from './labels.ts';

export interface Removal {
  /** In words. */
  readonly removed: readonly string[];
  readonly left: readonly string[];
}

/** Containers first: networks and volumes that one still uses can't be removed. */
export async function removeRun(docker: Docker, runId: string): Promise<Removal> {
  const removed: string[] = [];
  const left: string[] = [];
  const remove = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      removed.push(what);
    } catch (error) {
      if (statusOf(error) === 404) return;
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const filters = { label: [`${runLabel}=${runId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id, Names, Labels }) =>
      remove(`container ${Names[0]?.slice(1) ?? Id}${Labels[nodeLabel] === undefined ? '' : ` (${Labels[nodeLabel]})`}`, () =>
        docker.getContainer(Id).remove({ force: true, v: true }),
      ),
    ),
  );
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id, Name }) => remove(`network ${Name}`, () => docker.getNetwork(Id).remove())));
  const { Volumes } = await docker.listVolumes({ filters });
  await Promise.all((Volumes ?? []).map(({ Name }) => remove(`volume ${Name}`, () => docker.getVolume(Name).remove())));
  return { removed, left };
}
