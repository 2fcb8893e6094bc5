import type {
  OnIncomplete,
  SourceAuthentication,
  SourceDefinitionFragment,
  SourceInput,
  SourceType,
} from "@/gql/graphql";
import { durationSeconds } from "@/lib/duration";
import { nameError } from "@/lib/words";

/** Where a secret is read from; the page never sees the secret. */
export type SecretKind = "env" | "file";

/** What the fields of the form hold: texts, as they are typed. */
export interface SourceForm {
  name: string;
  type: SourceType;
  url: string;
  authentication: SourceAuthentication;
  username: string;
  secretKind: SecretKind;
  secret: string;
  tenant: string;
  headers: HeaderField[];
  caFile: string;
  certFile: string;
  keyFile: string;
  serverName: string;
  insecureSkipVerify: boolean;
  timeout: string;
  concurrency: string;
  maxResponseMiB: string;
  maxSamples: string;
  onIncomplete: OnIncomplete;
  settleDelay: string;
  reread: string;
}

/** A header that is sent with each request; the key tells rows apart while they are edited. */
export interface HeaderField {
  key: number;
  name: string;
  value: string;
}

/** Messages by field. */
export type FieldErrors = Partial<Record<keyof SourceForm, string>>;

const MEBI = 1 << 20;

/** The form of a source that is not there yet. */
export const emptyForm: SourceForm = {
  name: "",
  type: "PROMETHEUS",
  url: "",
  authentication: "NONE",
  username: "",
  secretKind: "env",
  secret: "",
  tenant: "",
  headers: [],
  caFile: "",
  certFile: "",
  keyFile: "",
  serverName: "",
  insecureSkipVerify: false,
  timeout: "",
  concurrency: "",
  maxResponseMiB: "",
  maxSamples: "",
  onIncomplete: "GAP",
  settleDelay: "",
  reread: "",
};

/** The form of a source as it is. */
export function formOf(s: SourceDefinitionFragment): SourceForm {
  return {
    name: s.name,
    type: s.type,
    url: s.url,
    authentication: s.authentication,
    username: s.username ?? "",
    secretKind: s.secretFile != null ? "file" : "env",
    secret: s.secretEnv ?? s.secretFile ?? "",
    tenant: s.tenant ?? "",
    headers: s.headers.map((h, key) => ({ key, name: h.name, value: h.value ?? "" })),
    caFile: s.tls?.caFile ?? "",
    certFile: s.tls?.certFile ?? "",
    keyFile: s.tls?.keyFile ?? "",
    serverName: s.tls?.serverName ?? "",
    insecureSkipVerify: s.tls?.insecureSkipVerify ?? false,
    timeout: s.timeout ?? "",
    concurrency: s.concurrency?.toString() ?? "",
    maxResponseMiB: s.maxResponseBytes == null ? "" : String(s.maxResponseBytes / MEBI),
    maxSamples: s.maxSamples?.toString() ?? "",
    onIncomplete: s.onIncomplete,
    settleDelay: s.settleDelay ?? "",
    reread: s.reread ?? "",
  };
}

/** What the form says, for the server; id is that of the source that is changed. */
export function inputOf(f: SourceForm, id: string | null): SourceInput {
  const secret = needsSecret(f.authentication) ? unset(f.secret) : null;
  return {
    ...(id === null ? {} : { id }),
    name: f.name.trim(),
    type: f.type,
    url: f.url.trim(),
    tenant: unset(f.tenant),
    authentication: f.authentication,
    username: f.authentication === "BASIC" ? unset(f.username) : null,
    secretEnv: f.secretKind === "env" ? secret : null,
    secretFile: f.secretKind === "file" ? secret : null,
    headers: f.headers
      .filter((h) => h.name.trim() !== "" || h.value.trim() !== "")
      .map((h) => ({ name: h.name.trim(), value: h.value.trim() })),
    tls: tlsOf(f),
    timeout: unset(f.timeout),
    concurrency: number(f.concurrency),
    maxResponseBytes: f.maxResponseMiB.trim() === "" ? null : Math.round(Number(f.maxResponseMiB) * MEBI),
    maxSamples: number(f.maxSamples),
    onIncomplete: f.onIncomplete,
    settleDelay: unset(f.settleDelay),
    reread: unset(f.reread),
  };
}

function tlsOf(f: SourceForm): SourceInput["tls"] {
  const certified = f.authentication === "CLIENT_CERTIFICATE";
  const tls = {
    caFile: unset(f.caFile),
    certFile: certified ? unset(f.certFile) : null,
    keyFile: certified ? unset(f.keyFile) : null,
    serverName: unset(f.serverName),
    insecureSkipVerify: f.insecureSkipVerify,
  };
  const set = tls.insecureSkipVerify || [tls.caFile, tls.certFile, tls.keyFile, tls.serverName].some(Boolean);
  return set ? tls : null;
}

const unset = (text: string): string | null => text.trim() || null;
const number = (text: string): number | null => (text.trim() === "" ? null : Number(text));

/** Whether a way to sign in has a secret that is written down elsewhere. */
export function needsSecret(authentication: SourceAuthentication): boolean {
  return ["BASIC", "BEARER", "API_KEY"].includes(authentication);
}

/** The ways to sign in that a kind of server knows. */
export function authenticationsOf(
  type: SourceType,
): readonly { value: SourceAuthentication; label: string }[] {
  const all: { value: SourceAuthentication; label: string }[] = [
    { value: "NONE", label: "None" },
    { value: "BASIC", label: "User and password" },
    { value: "BEARER", label: "Bearer token" },
    { value: "API_KEY", label: "API key" },
    { value: "CLIENT_CERTIFICATE", label: "Client certificate" },
  ];
  return all.filter((a) => a.value !== "API_KEY" || type === "ELASTICSEARCH");
}

/**
 * The form after a change. Another address takes the secret's reference away:
 * what was meant for one server is not sent to another because somebody edited a
 * host name. A way to sign in that the new kind of server does not know goes too.
 */
export function changed(form: SourceForm, patch: Partial<SourceForm>, saved: SourceForm | null): SourceForm {
  const next = { ...form, ...patch };
  if (patch.url !== undefined && saved && needsSecret(saved.authentication)) {
    if (!sameAddress(patch.url, saved.url) && form.secret === saved.secret) {
      next.secret = "";
    } else if (sameAddress(patch.url, saved.url) && form.secret === "") {
      next.secret = saved.secret; // the edit was taken back
    }
  }
  if (patch.type && !authenticationsOf(patch.type).some((a) => a.value === next.authentication)) {
    next.authentication = "NONE";
  }
  return next;
}

/** Whether the address of a saved source was changed, so that its secret has to be named again. */
export function secretCleared(form: SourceForm, saved: SourceForm | null): boolean {
  return (
    saved !== null &&
    needsSecret(saved.authentication) &&
    needsSecret(form.authentication) &&
    !sameAddress(form.url, saved.url)
  );
}

const sameAddress = (a: string, b: string) => a.trim() === b.trim();

type Check = (form: SourceForm) => string | null;

const variable = /^HINDCAST_SECRET_[A-Za-z0-9_]+$/;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const ours = [
  "authorization",
  "cookie",
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
];

/** What is wrong with the form, by field; empty if nothing is. taken are the names of other sources. */
export function errorsOf(form: SourceForm, taken: readonly string[]): FieldErrors {
  const checks: Partial<Record<keyof SourceForm, Check>> = {
    name: (f) => nameError(f.name.trim(), { taken, what: "a source", example: "shop-prometheus" }),
    url: (f) => urlError(f.url.trim()),
    username: (f) =>
      f.authentication === "BASIC" && !f.username.trim() ? "Write the user to sign in as." : null,
    secret: secretError,
    headers: (f) => f.headers.map(headerError).find((e) => e !== null) ?? null,
    caFile: (f) => fileError(f.caFile, false),
    certFile: (f) => (f.authentication === "CLIENT_CERTIFICATE" ? fileError(f.certFile, true) : null),
    keyFile: (f) => (f.authentication === "CLIENT_CERTIFICATE" ? fileError(f.keyFile, true) : null),
    timeout: (f) => lengthError(f.timeout),
    settleDelay: (f) => lengthError(f.settleDelay),
    reread: (f) => lengthError(f.reread),
    concurrency: (f) => countError(f.concurrency),
    maxResponseMiB: (f) => countError(f.maxResponseMiB),
    maxSamples: (f) => countError(f.maxSamples),
  };
  const errors: FieldErrors = {};
  for (const [field, check] of Object.entries(checks)) {
    const message = check(form);
    if (message !== null) {
      errors[field as keyof SourceForm] = message;
    }
  }
  return errors;
}

function urlError(text: string): string | null {
  if (!/^https?:\/\//i.test(text)) {
    return "Write the whole address, beginning with http:// or https://.";
  }
  if (!URL.canParse(text)) {
    return "This is not an address; write one such as https://prometheus.example.com/prefix.";
  }
  const url = new URL(text);
  if (url.username || url.password) {
    return "Leave user and password out of the address; choose them under Authentication.";
  }
  return text.includes("?") || text.includes("#")
    ? "Write the base address only: nothing after ? or #."
    : null;
}

function secretError(f: SourceForm): string | null {
  if (!needsSecret(f.authentication)) {
    return null;
  }
  const secret = f.secret.trim();
  if (f.secretKind === "file") {
    return fileError(secret, true);
  }
  return variable.test(secret)
    ? null
    : "Write the name of an environment variable that begins with HINDCAST_SECRET_, not the secret itself.";
}

function fileError(text: string, needed: boolean): string | null {
  const file = text.trim();
  if (file === "") {
    return needed ? "Name a file below secrets/ of the server's data directory." : null;
  }
  return file.startsWith("/") || file.split("/").includes("..")
    ? "Write the name as it is below secrets/ of the server's data directory, without a leading / and without .."
    : null;
}

function headerError(h: HeaderField): string | null {
  const name = h.name.trim();
  if (name === "" && h.value.trim() === "") {
    return null;
  }
  if (!token.test(name)) {
    return `${JSON.stringify(name)} is not the name of a header.`;
  }
  if (ours.includes(name.toLowerCase())) {
    return name.toLowerCase() === "authorization"
      ? "Authorization is set by Authentication above, so that no secret is written here."
      : `${name} is set by Hindcast itself; leave it out.`;
  }
  return null;
}

function lengthError(text: string): string | null {
  const seconds = text.trim() === "" ? 1 : durationSeconds(text.trim());
  return seconds !== null && seconds > 0 && /^\d*[smhdw]?$/.test(text.trim())
    ? null
    : "Write a whole number and one of s m h d w, such as 30s.";
}

function countError(text: string): string | null {
  return text.trim() === "" || (/^\d{1,15}$/.test(text.trim()) && Number(text) > 0)
    ? null
    : "Write a whole number of at least 1, or nothing.";
}

const fields: Record<string, keyof SourceForm> = {
  "tls.caFile": "caFile",
  "tls.certFile": "certFile",
  "tls.keyFile": "keyFile",
  "tls.serverName": "serverName",
  "tls.insecureSkipVerify": "insecureSkipVerify",
  secretEnv: "secret",
  secretFile: "secret",
  maxResponseBytes: "maxResponseMiB",
};

/** The field of the form behind a field of SourceInput; null for one that the form does not have. */
export function fieldOf(name: string | null | undefined): keyof SourceForm | null {
  if (!name) {
    return null;
  }
  const field = fields[name] ?? name;
  return Object.hasOwn(emptyForm, field) ? (field as keyof SourceForm) : null;
}

/** Fields that are folded away until they are needed. */
export const advanced: readonly (keyof SourceForm)[] = [
  "tenant",
  "headers",
  "caFile",
  "serverName",
  "insecureSkipVerify",
  "timeout",
  "concurrency",
  "maxResponseMiB",
  "maxSamples",
  "onIncomplete",
  "settleDelay",
  "reread",
];
