// A gateway as a process of its own, so that the demo can kill it for real: takes the port as its argument (0: a free one), prints it, answers until it is killed.
import { startFakeGateway } from '../test/fakes/gateway.ts';

const gateway = await startFakeGateway({ port: Number(process.argv[2] ?? 0), virtualKeys: ['sk-bf-demo'] });
// A model takes its time: calls are under way whenever the process dies.
gateway.behave({ delayMs: 40 });
process.stdout.write(`${gateway.port}\n`);
