// Appends until it is killed, and prints the id of each row once the log says that it is on the disk: node append-forever.fixture.ts DIR ROUND
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openAudit } from '../../../src/audit/log.ts';
import { record } from './audit-folder.fixture.ts';

const [, , dir = '', round = ''] = process.argv;
const log = await openAudit({ dir, retentionDays: 90, checkpointEvery: 50 });
log.onAppended((rows) => {
  writeSync(1, rows.map((row) => `${row.record.id}\n`).join(''));
});
for (let count = 0; ; count += 1) {
  log.append(record(`${round}-${count}`));
  if (count % 20 === 0) await nextTurn();
}
