// Opens the authority in a process of its own and prints its fingerprint: node open-authority.fixture.ts DIR HOST…
import { openAuthority } from '../../../src/ca/authority.ts';

const [, , dir = '', ...permitted] = process.argv;
const authority = await openAuthority({ dir, permitted });
process.stdout.write(authority.info.fingerprint);
