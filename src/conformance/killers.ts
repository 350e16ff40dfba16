import type { ConformanceCase } from '../schema/conformance-case.ts';

/** A mutant that has to fail a case, and the statements of the case that its fault breaks. */
export interface Killer {
  mutant: string;
  breaks: readonly string[];
}

/** The mutants that a case names. A list stands for all statements of the case. */
export function killersOf({
  requirements,
  killedBy = [],
}: Pick<ConformanceCase, 'requirements' | 'killedBy'>): Killer[] {
  if (Array.isArray(killedBy)) return killedBy.map((mutant) => ({ mutant, breaks: requirements }));
  return Object.entries(killedBy).map(([mutant, breaks]) => ({ mutant, breaks: breaks as string[] }));
}
