// Fails if src/gql is not what the generator would write now.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kept = mkdtempSync(join(tmpdir(), "hindcast-gql-"));
const read = (dir) =>
  Object.fromEntries(readdirSync(dir).map((f) => [f, readFileSync(join(dir, f), "utf8")]));
cpSync("src/gql", kept, { recursive: true });
try {
  execFileSync("graphql-codegen", ["--config", "codegen.ts", "--silent"], { stdio: "inherit" });
  const [before, after] = [read(kept), read("src/gql")];
  const stale = Object.keys({ ...before, ...after }).filter((f) => before[f] !== after[f]);
  if (stale.length > 0) {
    process.exitCode = 1;
  }
} finally {
  rmSync(kept, { recursive: true, force: true });
}
