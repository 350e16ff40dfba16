import { main } from '../src/cli/main.ts';

// The process ends here whatever is still open: all that was printed was written before it was counted done.
process.exit(await main(process.argv.slice(2)));
