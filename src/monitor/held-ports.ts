import { closeSync } from 'node:fs';
import { bootId } from '../linux/boot.ts';
import { heldBox } from '../network/held-box.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { dueRestart } from '../state/restarts.ts';

/**
 * The ports of containers that are started again, which their keepers hold as long as they run: a duplicate of each
 * keeper's box, so that nobody takes them while a container waits.
 */
export class HeldPorts {
  readonly #boxes = new Map<string, number>();

  /** Of one that was started; from now on `box` is closed here. */
  keep({ id, spec }: ContainerState, box: number | undefined): void {
    this.letGo(id);
    if (box === undefined) return;
    if (spec.monitor.restart.policy === 'never') closeSync(box);
    else this.#boxes.set(id, box);
  }

  /** The same of one that another monitor has started. */
  keepOf(state: ContainerState): void {
    const { keeper, portsSocket, spec } = state;
    if (keeper === undefined || portsSocket === undefined || spec.monitor.restart.policy === 'never') return;
    this.keep(state, heldBox(keeper, portsSocket));
  }

  /** For its next start. */
  boxOf(id: string): number | undefined {
    return this.#boxes.get(id);
  }

  /** Of one that has ended, unless it is to be started again. */
  keepIfDue(ended: ContainerState): void {
    if (dueRestart(ended, bootId(), Date.now()) === undefined) this.letGo(ended.id);
  }

  /** Then the ports are everybody's. */
  letGo(id: string): void {
    const box = this.#boxes.get(id);
    if (box === undefined) return;
    this.#boxes.delete(id);
    closeSync(box);
  }
}
