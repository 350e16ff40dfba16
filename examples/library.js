// Runs a container from a program, and tells what it wrote and how it ended. As root, in a project that has
// installed standard-container: node library.js [DIRECTORY OF STATE]
import { collectOutput, defaultSettings, run } from 'standard-container';

const document = {
  apiVersion: 'standard-container/v1',
  kind: 'Job',
  image: 'host',
  process: { args: ['sh', '-c', 'echo "hello from process $$ of $(hostname)"; exit 3'] },
  network: { hostname: 'inside' },
  resources: { memory: '64Mi' },
};
const [, , root] = process.argv;
const settings = defaultSettings(root && { root });

const { result, stdout } = await collectOutput((caller) =>
  run({ document, removeOnExit: true }, settings, caller),
);
process.stdout.write(stdout);
console.log(`it ended with code ${result.exit.code}, by ${result.exit.cause}`);
