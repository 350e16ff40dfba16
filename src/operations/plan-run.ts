import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { UnsupportedError } from '../plan/unsupported.ts';
import type { Plan, PlanStep } from '../schema/plan.ts';
import { newId, shortId } from '../state/id.ts';
import { type Caller, say } from './caller.ts';
import { atCommandLine } from './command-line-error.ts';
import { flagOf } from './flag-names.ts';
import { checkOwnFiles } from './host-paths.ts';
import { type Choices, findNamed, makePlan, tellRemarks } from './make-plan.ts';
import { finishAbandoned } from './recover.ts';
import { runDocument } from './run-document.ts';
import type { RunFlags } from './run-flags.ts';
import type { Settings } from './settings.ts';
import { inheritedMounts } from './volume/inherited.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** What is to be done for one container, and what it will be called. */
export interface PlannedRun {
  place: Workplace;
  steps: PlanStep[];
  id: string;
  name: string;
}

/** Plans what the command line of `sc run` says. Throws SC_USAGE and CommandLineError. */
export async function planCommandLine(
  flags: RunFlags,
  words: readonly string[],
  settings: Settings,
  caller: Caller,
): Promise<PlannedRun> {
  const place = await openWorkplace(settings);
  for (const { message } of await finishAbandoned(place, caller)) say(caller, message);
  const id = newId();
  const name = flags.name ?? shortId(id);
  return atCommandLine('run', flags, async () => {
    const inherited = await inheritedMounts(place, flags['volumes-from'] ?? []);
    const document = runDocument({ ...flags, name }, words, caller.environment, inherited);
    const { workingDirectory: directory } = caller;
    const choices = { source: 'commandLine', directory, removeOnExit: flags.rm } as const;
    const plan = await planOne(place, document, { ...choices, id });
    tellRemarks(plan, caller, (path) => flagOf(path, flags));
    return { place, steps: plan.steps, id, name };
  });
}

/**
 * Plans a container that is made anew, and never in the place of another. Throws UnsupportedError for one of which
 * something is expected: whoever runs one alone looks himself.
 */
export async function planOne(
  place: Workplace,
  document: SourceDocument,
  { id, ...choices }: Pick<Choices, 'source' | 'directory' | 'removeOnExit'> & { id: string },
): Promise<Plan> {
  if ('expect' in document.value)
    throw new UnsupportedError(document.file, [
      problemAt(document, 'expect', 'what is expected of a Job is checked where a file is applied'),
    ]);
  checkOwnFiles(document, choices.directory, place.settings);
  const observed = await findNamed(place, [document]);
  return makePlan(place, [document], observed, { ...choices, replace: false, newId: () => id });
}
