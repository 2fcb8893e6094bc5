import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceDefinitionFragment } from "@/gql/graphql";
import {
  authenticationsOf,
  changed,
  emptyForm,
  errorsOf,
  fieldOf,
  formOf,
  inputOf,
  type SourceForm,
  secretCleared,
} from "./form";
import { parseSourcesSearch } from "./search";
import { snippet } from "./snippet";
import {
  bytes,
  kindText,
  lagText,
  originText,
  readOnlyReason,
  shortUse,
  skewText,
  usedBy,
  useText,
} from "./words";

const good: SourceForm = {
  ...emptyForm,
  name: "shop-prometheus",
  url: "https://prometheus.example.com/prefix",
};

const signedIn: SourceForm = {
  ...good,
  authentication: "BEARER",
  secretKind: "env",
  secret: "HINDCAST_SECRET_SHOP",
};

describe("what the form refuses", () => {
  const cases: Record<string, [Partial<SourceForm>, keyof SourceForm, RegExp]> = {
    "a name in capitals": [{ name: "Shop" }, "name", /lower-case/],
    "a name that begins with a dash": [{ name: "-shop" }, "name", /lower-case/],
    "no name": [{ name: " " }, "name", /lower-case/],
    "a name of 64 letters": [{ name: "a".repeat(64) }, "name", /at most 63/],
    "a name that is taken": [{ name: "staging" }, "name", /already/],
    "an address without a scheme": [{ url: "prometheus:9090" }, "url", /http:\/\//],
    "an address that is none": [{ url: "http://" }, "url", /not an address/],
    "another scheme": [{ url: "ftp://prometheus" }, "url", /http:\/\//],
    "a password in the address": [{ url: "https://ann:secret@prometheus" }, "url", /under Authentication/],
    "a query in the address": [{ url: "https://prometheus/?a=b" }, "url", /nothing after/],
    "an empty fragment": [{ url: "https://prometheus/#" }, "url", /nothing after/],
    "no user": [{ ...signedIn, authentication: "BASIC" }, "username", /user/],
    "a secret instead of its name": [
      { ...signedIn, secret: "eyJhbGciOi" },
      "secret",
      /not the secret itself/,
    ],
    "a variable that is not for secrets": [{ ...signedIn, secret: "PATH" }, "secret", /HINDCAST_SECRET_/],
    "no variable": [{ ...signedIn, secret: "" }, "secret", /HINDCAST_SECRET_/],
    "no file": [{ ...signedIn, secretKind: "file", secret: "" }, "secret", /Name a file/],
    "a file anywhere": [
      { ...signedIn, secretKind: "file", secret: "/etc/passwd" },
      "secret",
      /below secrets/,
    ],
    "a file above": [{ ...signedIn, secretKind: "file", secret: "../a" }, "secret", /without \.\./],
    "no certificate": [{ authentication: "CLIENT_CERTIFICATE", keyFile: "a.key" }, "certFile", /Name a file/],
    "no key": [{ authentication: "CLIENT_CERTIFICATE", certFile: "a.crt" }, "keyFile", /Name a file/],
    "a CA anywhere": [{ caFile: "/etc/ssl/ca.pem" }, "caFile", /below secrets/],
    "a header that is none": [
      { headers: [{ key: 0, name: "X Team", value: "" }] },
      "headers",
      /not the name/,
    ],
    "a value without a name": [{ headers: [{ key: 0, name: "", value: "a" }] }, "headers", /not the name/],
    "a secret in a header": [
      { headers: [{ key: 0, name: "authorization", value: "a" }] },
      "headers",
      /Authentication above/,
    ],
    "a header that is ours": [
      { headers: [{ key: 0, name: "Host", value: "a" }] },
      "headers",
      /Hindcast itself/,
    ],
    "a timeout without a unit": [{ timeout: "30" }, "timeout", /30s/],
    "a timeout of nothing": [{ timeout: "0s" }, "timeout", /30s/],
    "a timeout in two parts": [{ timeout: "1m30s" }, "timeout", /30s/],
    "a part of a request": [{ concurrency: "1.5" }, "concurrency", /whole number/],
    "no sample": [{ maxSamples: "0" }, "maxSamples", /at least 1/],
    "a number in words": [{ maxResponseMiB: "many" }, "maxResponseMiB", /whole number/],
  };
  it.each(Object.entries(cases))("%s", (_, [patch, field, says]) => {
    const errors = errorsOf({ ...good, ...patch }, ["staging"]);
    expect(errors[field]).toMatch(says);
    expect(Object.keys(errors)).toEqual([field]);
  });

  it("nothing of a good form", () => {
    expect(errorsOf(good, ["staging"])).toEqual({});
    expect(errorsOf(signedIn, [])).toEqual({});
    const whole = {
      timeout: "30s",
      concurrency: "4",
      maxResponseMiB: "64",
      maxSamples: "50000000",
      reread: "5m",
    };
    expect(errorsOf({ ...good, ...whole, caFile: "shop/ca.pem" }, [])).toEqual({});
  });
});

describe("the secret of a source that is changed", () => {
  it("goes with the address, and comes back with it", () => {
    const moved = changed(signedIn, { url: "https://other.example.com" }, signedIn);
    expect(moved.secret).toBe("");
    expect(secretCleared(moved, signedIn)).toBe(true);
    const back = changed(moved, { url: signedIn.url }, signedIn);
    expect(back.secret).toBe(signedIn.secret);
    expect(secretCleared(back, signedIn)).toBe(false);
  });

  it("stays when it was named anew, and when the source is a new one", () => {
    const named = changed(
      { ...signedIn, secret: "HINDCAST_SECRET_B" },
      { url: "https://b.example.com" },
      signedIn,
    );
    expect(named.secret).toBe("HINDCAST_SECRET_B");
    expect(changed(signedIn, { url: "https://b.example.com" }, null).secret).toBe(signedIn.secret);
  });

  it("is never sent to another address unless it is named again", () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        const moved = changed(signedIn, { url }, signedIn);
        const sent = inputOf(moved, "id");
        expect(sent.url === signedIn.url || sent.secretEnv === null).toBe(true);
      }),
    );
  });
});

describe("what is sent", () => {
  const saved: SourceDefinitionFragment = {
    id: "1",
    name: "shop",
    type: "PROMETHEUS",
    url: "https://prometheus.example.com",
    tenant: "shop",
    authentication: "BASIC",
    username: "ann",
    secretFrom: "file shop.password",
    secretEnv: null,
    secretFile: "shop.password",
    headers: [{ name: "X-Team", value: "a" }],
    tls: {
      caFile: "ca.pem",
      certFile: null,
      keyFile: null,
      serverName: null,
      insecureSkipVerify: false,
    },
    timeout: "30s",
    concurrency: 2,
    maxResponseBytes: 8 * 1024 * 1024,
    maxSamples: 5e6,
    onIncomplete: "ESTIMATE",
    settleDelay: null,
    reread: "5m",
  } as SourceDefinitionFragment;

  it("is what was saved, if nothing was touched", () => {
    const form = formOf(saved);
    expect(errorsOf(form, [])).toEqual({});
    expect(inputOf(form, "1")).toEqual({
      id: "1",
      name: "shop",
      type: "PROMETHEUS",
      url: "https://prometheus.example.com",
      tenant: "shop",
      authentication: "BASIC",
      username: "ann",
      secretEnv: null,
      secretFile: "shop.password",
      headers: [{ name: "X-Team", value: "a" }],
      tls: { caFile: "ca.pem", certFile: null, keyFile: null, serverName: null, insecureSkipVerify: false },
      timeout: "30s",
      concurrency: 2,
      maxResponseBytes: 8 * 1024 * 1024,
      maxSamples: 5e6,
      onIncomplete: "ESTIMATE",
      settleDelay: null,
      reread: "5m",
    });
  });

  it("leaves out what another way to sign in needed", () => {
    const input = inputOf({ ...formOf(saved), authentication: "NONE", certFile: "a.crt" }, null);
    expect([input.username, input.secretFile, input.secretEnv]).toEqual([null, null, null]);
    expect(input.tls?.certFile).toBeNull();
    expect("id" in input).toBe(false);
  });

  it("leaves out rows of headers that nobody filled in", () => {
    expect(inputOf({ ...good, headers: [{ key: 0, name: " ", value: "" }] }, null).headers).toEqual([]);
  });

  it("is trimmed", () => {
    expect(inputOf({ ...good, url: " https://a.example " }, null).url).toBe("https://a.example");
  });
});

it("offers API keys where there are any, and forgets one that is not", () => {
  const names = (type: SourceForm["type"]) => authenticationsOf(type).map((a) => a.value);
  expect(names("ELASTICSEARCH")).toContain("API_KEY");
  expect(names("PROMETHEUS")).not.toContain("API_KEY");
  const form: SourceForm = { ...good, type: "ELASTICSEARCH", authentication: "API_KEY" };
  expect(changed(form, { type: "PROMETHEUS" }, null).authentication).toBe("NONE");
});

it("finds the field that the server blames", () => {
  expect(fieldOf("secretEnv")).toBe("secret");
  expect(fieldOf("tls.caFile")).toBe("caFile");
  expect(fieldOf("url")).toBe("url");
  for (const unknown of ["", null, undefined, "id", "toString"]) {
    expect(fieldOf(unknown)).toBeNull();
  }
});

describe("words", () => {
  it("say what is unknown instead of a number", () => {
    expect([lagText(null), bytes(undefined), useText(null), shortUse(null)]).toEqual(["—", "—", "—", "—"]);
  });

  it("say how much", () => {
    expect([0, 1023, 1024, 17.8 * 1024, 3.1 * 1024 ** 3].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1.00 KiB",
      "17.8 KiB",
      "3.10 GiB",
    ]);
    expect(useText({ requests: 4, bytes: 2048, samples: 1204 })).toBe(
      "4 requests · 2.00 KiB · 1,204 samples",
    );
    expect(shortUse({ requests: 18, bytes: 0, samples: 5 })).toBe("18 req");
    expect([lagText(0), lagText(41.4), lagText(119), lagText(7345)]).toEqual([
      "0 s",
      "41 s",
      "1 min 59 s",
      "2 h",
    ]);
  });

  it("say who uses it and where it comes from", () => {
    expect(usedBy({ objectives: 0, indicators: 0 })).toBe("no objective yet");
    expect(usedBy({ objectives: 1, indicators: 2 })).toBe("1 objective, 2 indicators");
    expect(originText({ origin: "DOCUMENT", originText: "sources.yaml:12" })).toBe("sources.yaml:12");
    expect(originText({ origin: "PAGE", originText: "made here" })).toBe("Made here");
    expect(readOnlyReason({ editable: true, origin: "PAGE", originText: "" })).toBeNull();
    expect(readOnlyReason({ editable: false, origin: "CONFIG", originText: "hindcast.yaml" })).toMatch(
      /hindcast.yaml/,
    );
    expect(readOnlyReason({ editable: false, origin: "EMBEDDED", originText: "" })).toMatch(
      /inside this server/,
    );
  });

  it("name the server by its own word", () => {
    expect(kindText("PROMETHEUS", null)).toBe("Prometheus");
    const test = { product: "Mimir", version: "2.17.0" } as Parameters<typeof kindText>[1];
    expect(kindText("PROMETHEUS", test)).toBe("Mimir 2.17.0");
  });

  it("say which clock is ahead, and nothing of what does not matter", () => {
    expect(skewText(90)).toBe("Its clock is 1 min 30 s ahead of this server's.");
    expect(skewText(-5)).toBe("Its clock is 5 s behind this server's.");
    expect([skewText(0.4), skewText(null)]).toEqual([null, null]);
  });
});

it("reads addresses that anybody may have typed", () => {
  expect(parseSourcesSearch({ connect: "yes", source: "shop" })).toEqual({ connect: "1", source: "shop" });
  expect(parseSourcesSearch({ connect: "1", edit: "shop" })).toEqual({ edit: "shop" });
  expect(parseSourcesSearch({ edit: 5, source: "" })).toEqual({});
});

it.each(["PROMETHEUS", "ELASTICSEARCH"] as const)("a specification for %s names the source twice", (type) => {
  expect(snippet("shop", type).match(/metricSourceRef: shop\n/g)).toHaveLength(2);
});
