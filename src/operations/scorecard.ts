import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { RuntimeScore, Scorecard } from '../schema/answer.ts';
import type { SecurityCheck } from '../scorecard/check.ts';
import { questionsOf, securityChecks } from '../scorecard/checks.ts';
import { capture } from '../scorecard/command.ts';
import { type HostSide, lookAtHost } from '../scorecard/host-side.ts';
import { Kitchen, program } from '../scorecard/kitchen.ts';
import { type Answer, parseAnswers, type Question } from '../scorecard/question.ts';
import { failureOf, type Run, type Runtime } from '../scorecard/runtime.ts';
import { runtimes } from '../scorecard/runtimes.ts';
import { makeRoot } from '../state/root.ts';
import type { Caller } from './caller.ts';
import type { Settings } from './settings.ts';

/** Milliseconds that each runner has. */
const PATIENCE = 15_000;

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** What a runner has come to: the answers of its probe, or why there are none. */
interface Probed {
  score: RuntimeScore;
  answers?: ReadonlyMap<Question, Answer>;
}

/**
 * What a container sees and can do by default, of sc and of the other runners that are installed. A runner
 * that is missing or fails is a result.
 */
export async function scoreSecurity({ root }: Settings, caller: Caller): Promise<Scorecard> {
  const { self } = caller;
  if (self === undefined) throw new ScError('SC_UNSUPPORTED', 'compare runners: the caller cannot start sc');
  const missing = missingDirectories(root);
  makeRoot(root);
  const listening = listen(caller);
  try {
    await cleanLeft(root, self, caller.environment);
    return await inKitchen(root, async (kitchen) => {
      const host = lookAtHost(leaveMarker(kitchen));
      const checks = securityChecks(host);
      const questions = questionsOf(checks);
      kitchen.setQuestions(questions);
      const probed: Probed[] = [];
      for (const runtime of runtimes(self)) {
        if (listening.abort.aborted) break;
        const environment = { ...caller.environment, ...variableOf(host) };
        probed.push(await probe(runtime, kitchen, questions, { environment, abort: listening.abort }));
      }
      return judge(checks, probed, listening.signal());
    });
  } finally {
    listening.stop();
    for (const path of missing) removeIfEmpty(path);
  }
}

async function inKitchen<Result>(root: string, use: (kitchen: Kitchen) => Promise<Result>): Promise<Result> {
  const kitchen = Kitchen.open(root);
  try {
    return await use(kitchen);
  } finally {
    await kitchen.clean();
  }
}

/** What was killed could not clean up after itself. */
async function cleanLeft(root: string, self: readonly string[], environment: Caller['environment']) {
  for (const kitchen of Kitchen.left(root)) {
    for (const runtime of runtimes(self)) await cleanUp(runtime, kitchen, environment);
    await kitchen.clean();
  }
}

/** Not to be interrupted. */
async function cleanUp(
  runtime: Runtime,
  kitchen: Kitchen,
  environment: Caller['environment'],
): Promise<void> {
  const abort = new AbortController().signal;
  const run: Run = (argv) => capture(argv, { environment, timeout: PATIENCE, abort });
  if (kitchen.hasServed(runtime.name)) await runtime.clean?.(kitchen, run);
}

/** A file of the host with a text that cannot be guessed, and a variable that only the host has. */
function leaveMarker({ directory }: Kitchen): Pick<HostSide, 'marker' | 'variable' | 'program'> {
  const [name, text] = ['marker', randomUUID()];
  writeFileSync(join(directory, name), text, { mode: 0o644 });
  return {
    marker: { path: join(directory, name), name, text },
    variable: `SC_DOCTOR_MARKER=${text}`,
    program,
  };
}

function variableOf({ variable }: HostSide): { [name: string]: string } {
  const [name = '', value = ''] = variable.split('=');
  return { [name]: value };
}

async function probe(
  runtime: Runtime,
  kitchen: Kitchen,
  questions: readonly Question[],
  { environment, abort }: { environment: Caller['environment']; abort: AbortSignal },
): Promise<Probed> {
  const { name } = runtime;
  // As careless as a program that starts containers may be: whoever passes it on lets the host in.
  const descriptor = openSync(kitchen.directory, 'r');
  const run: Run = (argv) => capture(argv, { environment, descriptor, timeout: PATIENCE, abort });
  try {
    const found = await versionOf(runtime, run);
    if ('score' in found) return found;
    const { version } = found;
    try {
      const outcome = await run(await runtime.prepare(kitchen, run));
      if (outcome.code !== 0) return failed(name, version, failureOf(name, outcome));
      const answers = parseAnswers(questions, outcome.stdout);
      return { score: { name, status: 'probed', version }, answers };
    } catch (error) {
      return failed(name, version, reason(error));
    } finally {
      await cleanUp(runtime, kitchen, environment);
    }
  } finally {
    closeSync(descriptor);
  }
}

function failed(name: string, version: string, why: string): Probed {
  return { score: { name, status: 'failed', version, reason: why } };
}

async function versionOf({ name, version }: Runtime, run: Run): Promise<{ version: string } | Probed> {
  try {
    const outcome = await run(version);
    const [line = ''] = outcome.stdout.toString().trim().split('\n');
    if (outcome.code !== 0) return { score: { name, status: 'absent', reason: failureOf(name, outcome) } };
    // lxc says its number alone.
    return { version: /^\d/.test(line) ? `${name} ${line}` : line };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const why = errno === 'ENOENT' ? 'not installed' : `it cannot be executed: ${errno}`;
    return { score: { name, status: 'absent', reason: why } };
  }
}

/** Pure: the answers of each runner's probe against each check. */
function judge(checks: readonly SecurityCheck[], probed: readonly Probed[], interrupted?: string): Scorecard {
  const judged = checks.map((check) => ({
    group: check.group,
    name: check.name,
    points: check.points,
    reason: check.reason,
    results: probed.flatMap(({ score, answers }) => {
      if (answers === undefined) return [];
      const found = check.weakness(check.questions.map((question) => answerTo(question, answers)));
      return [{ runtime: score.name, ok: found === undefined, ...(found !== undefined && { found }) }];
    }),
  }));
  const scoreOf = (name: string) =>
    judged
      .filter(({ results }) => results.some(({ runtime, ok }) => runtime === name && ok))
      .reduce((sum, { points }) => sum + points, 0);
  return {
    runtimes: probed.map(({ score, answers }) =>
      answers === undefined ? score : { ...score, score: scoreOf(score.name) },
    ),
    checks: judged,
    ...(interrupted !== undefined && { interrupted }),
  };
}

function answerTo(question: Question, answers: ReadonlyMap<Question, Answer>): Answer {
  const answer = answers.get(question);
  if (answer === undefined) throw new Error(`the probe was not asked "${question}"`);
  return answer;
}

/** From now until `stop`, a signal that asks for the end is the end of what is running, not of the cleaning up. */
function listen({ signals, abort }: Caller) {
  const controller = new AbortController();
  let heard: string | undefined;
  const end = () => controller.abort();
  const listeners = endings.map((signal) => ({
    signal,
    listener: () => {
      heard ??= signal;
      end();
    },
  }));
  for (const { signal, listener } of listeners) signals.on(signal, listener);
  abort?.addEventListener('abort', end);
  return {
    abort: controller.signal,
    signal: () => heard,
    stop() {
      for (const { signal, listener } of listeners) signals.off(signal, listener);
      abort?.removeEventListener('abort', end);
    },
  };
}

/** Of a path, those that are not there yet, innermost first. */
function missingDirectories(path: string): string[] {
  return existsSync(path) ? [] : [path, ...missingDirectories(dirname(path))];
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'ENOENT')) throw error;
  }
}
