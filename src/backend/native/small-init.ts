import { closeSync } from 'node:fs';
import { sealedMemfd } from '../../linux/memfd.ts';
import type { Program } from './program/program.ts';
import { stageBytes } from './stage/stage.ts';

/** What a small init is made of. */
export interface SmallInitFiles {
  /** The stage and the list, in the order of smallInitSources (protocol.ts). */
  forKeeper: readonly number[];
  /** Closes what the keeper has copies of now. */
  release(): void;
}

/** A stage of its own, since one that the container executes is not to be the keeper's, and the list for it. */
export function sealSmallInit(program: Program): SmallInitFiles {
  const stage = sealedMemfd('sc-init', stageBytes());
  try {
    const list = sealedMemfd('sc-init-list', program.bytes);
    const release = () => {
      for (const descriptor of [stage, list]) closeSync(descriptor);
    };
    return { forKeeper: [stage, list], release };
  } catch (error) {
    closeSync(stage);
    throw error;
  }
}
