import { attaching } from './attaching.ts';
import { confinement } from './confinement.ts';
import { copies } from './copies.ts';
import { endings } from './endings.ts';
import { layers } from './layers.ts';
import { leaks } from './leaks.ts';
import { lifecycle } from './lifecycle.ts';
import { limits } from './limits.ts';
import { monitoring } from './monitoring.ts';
import type { Mutants } from './mutant.ts';
import { networking } from './networking.ts';
import { networks } from './networks.ts';
import { programs } from './programs.ts';
import { refusals } from './refusals.ts';
import { terminals } from './terminals.ts';

/** All of them, by what they get wrong. Each is named by a case at least once, which the linter sees to. */
export const kindsOfMutants: readonly Mutants[] = [
  endings,
  lifecycle,
  programs,
  terminals,
  attaching,
  monitoring,
  confinement,
  networking,
  networks,
  limits,
  copies,
  layers,
  leaks,
  refusals,
];

export const mutants: Mutants = Object.assign({}, ...kindsOfMutants);
