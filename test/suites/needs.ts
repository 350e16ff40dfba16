import { test } from 'vitest';
import type { DeclaredFeatures } from '../../src/backend/features.ts';
import { refusedBy } from '../../src/plan/honoured.ts';
import type { FieldPath } from '../../src/schema/field-paths.ts';

/** What a case sets of a container, by the paths and with the values of the container file. */
export type Needed = { readonly [Path in FieldPath]?: unknown };

/** A case that is only for backends that declare all of it; with any other it is skipped, its reason in its name. */
export type Needs = (needed: Needed) => Pick<typeof test, 'each'> & CaseTest;

type CaseTest = (name: string, body: () => Promise<void> | void) => void;

/** The one way by which a case of the backends' suite is skipped: by what the backend declares. */
export function needsOf(features: DeclaredFeatures): Needs {
  return (needed) => {
    const reason = reasonToSkip(features, needed);
    return reason === undefined ? test : skipped(` (skipped: ${reason})`);
  };
}

/** Why a backend cannot do what a case needs. */
export function reasonToSkip({ backend, fields }: DeclaredFeatures, needed: Needed): string | undefined {
  const [first] = Object.entries(needed).flatMap(([path, value]) =>
    refusedBy(fields[path as FieldPath], value, path),
  );
  return first && `${backend} has no ${first.path} ${first.what}: ${first.reason}`;
}

function skipped(note: string): ReturnType<Needs> {
  const noted = (act: (name: string, ...rest: never[]) => void) => {
    return (name: string, ...rest: never[]) => act(`${name}${note}`, ...rest);
  };
  const each = (cases: readonly unknown[]) => noted(test.skip.each(cases));
  return Object.assign(noted(test.skip), { each }) as unknown as ReturnType<Needs>;
}
