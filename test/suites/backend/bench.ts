import type { Backend, LaunchRequest } from '../../../src/backend/backend.ts';
import type { DeclaredFeatures } from '../../../src/backend/features.ts';
import type { makeWorkshop, Outcome, Running, spec } from '../../support/containers.ts';
import type { Needs } from '../needs.ts';

export type Changes = Parameters<typeof spec>[1];
type Request = Partial<LaunchRequest>;

/** What `backendSuite` gives to the parts of it. */
export interface Bench {
  readonly backend: Backend;
  readonly workshop: ReturnType<typeof makeWorkshop>;
  launch(args: string[], changes?: Changes, request?: Request): Promise<Running>;
  run(args: string[], changes?: Changes, request?: Request): Promise<Outcome>;
  sh(script: string, changes?: Changes, request?: Request): Promise<Outcome>;
  /** See there. */
  readonly needs: Needs;
  readonly features: DeclaredFeatures;
}
