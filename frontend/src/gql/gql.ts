/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query HealthBadge {\n    health {\n      ready\n      version\n      demo\n      components {\n        name\n        ok\n      }\n      targets {\n        up\n      }\n      problems {\n        line\n      }\n    }\n  }\n": typeof types.HealthBadgeDocument,
    "\n  subscription HealthBadgeChanged {\n    healthChanged {\n      ready\n    }\n  }\n": typeof types.HealthBadgeChangedDocument,
    "\n  fragment BudgetFigures on Budget {\n    from\n    to\n    target\n    good\n    total\n    sli\n    allowed\n    spent\n    remaining\n    burnRate\n    coverage\n    state\n    exhaustsAt\n    asOf\n    warnings\n  }\n": typeof types.BudgetFiguresFragmentDoc,
    "\n  query HealthPage {\n    health {\n      version\n      ready\n      startedAt\n      demo\n      components {\n        name\n        ok\n        message\n        checkedAt\n      }\n      targets {\n        job\n        instance\n        url\n        up\n        lastScrape\n        lastDurationSeconds\n        samples\n        error\n      }\n      problems {\n        file\n        line\n        column\n        message\n      }\n    }\n  }\n": typeof types.HealthPageDocument,
    "\n  subscription HealthPing {\n    healthChanged {\n      ready\n    }\n  }\n": typeof types.HealthPingDocument,
    "\n  query Overview($first: Int!, $after: String) {\n    slos(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          ...SloRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.OverviewDocument,
    "\n  subscription SloChanged {\n    sloChanged {\n      at\n      slo {\n        id\n        ...SloRow\n      }\n    }\n  }\n": typeof types.SloChangedDocument,
    "\n  query BurnSpark($id: ID!) {\n    slo(id: $id) {\n      id\n      objectives {\n        name\n        series(kind: BURN_DOWN, maxPoints: 40) {\n          kind\n          columns\n          points {\n            at\n            values\n          }\n        }\n      }\n    }\n  }\n": typeof types.BurnSparkDocument,
    "\n  fragment SloRow on Slo {\n    id\n    name\n    displayName\n    team\n    unit\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      error\n    }\n    objectives {\n      name\n      targetPercent\n      budget {\n        ...BudgetFigures\n      }\n      burnRates {\n        severity\n        longWindow\n        long\n        factor\n        firing\n      }\n    }\n  }\n": typeof types.SloRowFragmentDoc,
    "\n  fragment BurnRateFields on BurnRate {\n    severity\n    longWindow\n    shortWindow\n    factor\n    budgetFraction\n    long\n    short\n    longCoverage\n    shortCoverage\n    firing\n  }\n": typeof types.BurnRateFieldsFragmentDoc,
    "\n  query SloExplain($name: String!, $at: Time) {\n    slo(name: $name) {\n      id\n      origin {\n        file\n        line\n      }\n      explain(at: $at) {\n        ...ExplanationFields\n      }\n    }\n  }\n": typeof types.SloExplainDocument,
    "\n  fragment ExplanationFields on Explanation {\n    at\n    from\n    to\n    formula\n    queries {\n      role\n      source\n      text\n      note\n    }\n    minutes\n    measured\n    estimated\n    gapMinutes\n    gaps {\n      from\n      to\n    }\n    revisions {\n      at\n      from\n      to\n      changed\n      goodDelta\n      totalDelta\n      reason\n    }\n    worstDays {\n      day\n      good\n      total\n      spent\n      share\n    }\n    firstMeasured\n    lastMeasured\n    settledUntil\n    warnings\n  }\n": typeof types.ExplanationFieldsFragmentDoc,
    "\n  query SloGroups($name: String!, $first: Int!, $after: String, $asOf: Time) {\n    slo(name: $name) {\n      id\n      groups(first: $first, after: $after, asOf: $asOf) {\n        totalCount\n        nodes {\n          key\n          budget {\n            ...BudgetFigures\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.SloGroupsDocument,
    "\n  fragment SloHeader on Slo {\n    id\n    name\n    displayName\n    description\n    team\n    method\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    labels {\n      name\n      values\n    }\n    origin {\n      file\n      line\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      samplesPerSecond\n      oldest\n      error\n    }\n  }\n": typeof types.SloHeaderFragmentDoc,
    "\n  query SloDetail($name: String!, $window: WindowInput, $asOf: Time) {\n    slo(name: $name) {\n      id\n      name\n      displayName\n      unit\n      window {\n        duration\n        title\n      }\n      ...SloHeader\n      objectives {\n        name\n        targetPercent\n        budget(window: $window, asOf: $asOf) {\n          ...BudgetFigures\n        }\n        burnRates(asOf: $asOf) {\n          ...BurnRateFields\n        }\n      }\n      groups(first: 1, asOf: $asOf) {\n        totalCount\n      }\n    }\n  }\n": typeof types.SloDetailDocument,
    "\n  subscription SloPing($ids: [ID!]) {\n    sloChanged(ids: $ids) {\n      at\n      slo {\n        id\n      }\n    }\n  }\n": typeof types.SloPingDocument,
    "\n  query SloPlots(\n    $name: String!\n    $windowFrom: Time\n    $windowTo: Time\n    $windowPoints: Int\n    $from: Time\n    $to: Time\n    $points: Int\n    $group: Labels\n  ) {\n    slo(name: $name) {\n      id\n      name\n      objectives {\n        name\n        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {\n          ...PlotSeries\n        }\n        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n      }\n    }\n  }\n": typeof types.SloPlotsDocument,
    "\n  fragment PlotSeries on Series {\n    kind\n    from\n    to\n    step\n    columns\n    points {\n      at\n      values\n      coverage\n      estimated\n    }\n  }\n": typeof types.PlotSeriesFragmentDoc,
};
const documents: Documents = {
    "\n  query HealthBadge {\n    health {\n      ready\n      version\n      demo\n      components {\n        name\n        ok\n      }\n      targets {\n        up\n      }\n      problems {\n        line\n      }\n    }\n  }\n": types.HealthBadgeDocument,
    "\n  subscription HealthBadgeChanged {\n    healthChanged {\n      ready\n    }\n  }\n": types.HealthBadgeChangedDocument,
    "\n  fragment BudgetFigures on Budget {\n    from\n    to\n    target\n    good\n    total\n    sli\n    allowed\n    spent\n    remaining\n    burnRate\n    coverage\n    state\n    exhaustsAt\n    asOf\n    warnings\n  }\n": types.BudgetFiguresFragmentDoc,
    "\n  query HealthPage {\n    health {\n      version\n      ready\n      startedAt\n      demo\n      components {\n        name\n        ok\n        message\n        checkedAt\n      }\n      targets {\n        job\n        instance\n        url\n        up\n        lastScrape\n        lastDurationSeconds\n        samples\n        error\n      }\n      problems {\n        file\n        line\n        column\n        message\n      }\n    }\n  }\n": types.HealthPageDocument,
    "\n  subscription HealthPing {\n    healthChanged {\n      ready\n    }\n  }\n": types.HealthPingDocument,
    "\n  query Overview($first: Int!, $after: String) {\n    slos(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          ...SloRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.OverviewDocument,
    "\n  subscription SloChanged {\n    sloChanged {\n      at\n      slo {\n        id\n        ...SloRow\n      }\n    }\n  }\n": types.SloChangedDocument,
    "\n  query BurnSpark($id: ID!) {\n    slo(id: $id) {\n      id\n      objectives {\n        name\n        series(kind: BURN_DOWN, maxPoints: 40) {\n          kind\n          columns\n          points {\n            at\n            values\n          }\n        }\n      }\n    }\n  }\n": types.BurnSparkDocument,
    "\n  fragment SloRow on Slo {\n    id\n    name\n    displayName\n    team\n    unit\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      error\n    }\n    objectives {\n      name\n      targetPercent\n      budget {\n        ...BudgetFigures\n      }\n      burnRates {\n        severity\n        longWindow\n        long\n        factor\n        firing\n      }\n    }\n  }\n": types.SloRowFragmentDoc,
    "\n  fragment BurnRateFields on BurnRate {\n    severity\n    longWindow\n    shortWindow\n    factor\n    budgetFraction\n    long\n    short\n    longCoverage\n    shortCoverage\n    firing\n  }\n": types.BurnRateFieldsFragmentDoc,
    "\n  query SloExplain($name: String!, $at: Time) {\n    slo(name: $name) {\n      id\n      origin {\n        file\n        line\n      }\n      explain(at: $at) {\n        ...ExplanationFields\n      }\n    }\n  }\n": types.SloExplainDocument,
    "\n  fragment ExplanationFields on Explanation {\n    at\n    from\n    to\n    formula\n    queries {\n      role\n      source\n      text\n      note\n    }\n    minutes\n    measured\n    estimated\n    gapMinutes\n    gaps {\n      from\n      to\n    }\n    revisions {\n      at\n      from\n      to\n      changed\n      goodDelta\n      totalDelta\n      reason\n    }\n    worstDays {\n      day\n      good\n      total\n      spent\n      share\n    }\n    firstMeasured\n    lastMeasured\n    settledUntil\n    warnings\n  }\n": types.ExplanationFieldsFragmentDoc,
    "\n  query SloGroups($name: String!, $first: Int!, $after: String, $asOf: Time) {\n    slo(name: $name) {\n      id\n      groups(first: $first, after: $after, asOf: $asOf) {\n        totalCount\n        nodes {\n          key\n          budget {\n            ...BudgetFigures\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.SloGroupsDocument,
    "\n  fragment SloHeader on Slo {\n    id\n    name\n    displayName\n    description\n    team\n    method\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    labels {\n      name\n      values\n    }\n    origin {\n      file\n      line\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      samplesPerSecond\n      oldest\n      error\n    }\n  }\n": types.SloHeaderFragmentDoc,
    "\n  query SloDetail($name: String!, $window: WindowInput, $asOf: Time) {\n    slo(name: $name) {\n      id\n      name\n      displayName\n      unit\n      window {\n        duration\n        title\n      }\n      ...SloHeader\n      objectives {\n        name\n        targetPercent\n        budget(window: $window, asOf: $asOf) {\n          ...BudgetFigures\n        }\n        burnRates(asOf: $asOf) {\n          ...BurnRateFields\n        }\n      }\n      groups(first: 1, asOf: $asOf) {\n        totalCount\n      }\n    }\n  }\n": types.SloDetailDocument,
    "\n  subscription SloPing($ids: [ID!]) {\n    sloChanged(ids: $ids) {\n      at\n      slo {\n        id\n      }\n    }\n  }\n": types.SloPingDocument,
    "\n  query SloPlots(\n    $name: String!\n    $windowFrom: Time\n    $windowTo: Time\n    $windowPoints: Int\n    $from: Time\n    $to: Time\n    $points: Int\n    $group: Labels\n  ) {\n    slo(name: $name) {\n      id\n      name\n      objectives {\n        name\n        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {\n          ...PlotSeries\n        }\n        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n      }\n    }\n  }\n": types.SloPlotsDocument,
    "\n  fragment PlotSeries on Series {\n    kind\n    from\n    to\n    step\n    columns\n    points {\n      at\n      values\n      coverage\n      estimated\n    }\n  }\n": types.PlotSeriesFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HealthBadge {\n    health {\n      ready\n      version\n      demo\n      components {\n        name\n        ok\n      }\n      targets {\n        up\n      }\n      problems {\n        line\n      }\n    }\n  }\n"): (typeof documents)["\n  query HealthBadge {\n    health {\n      ready\n      version\n      demo\n      components {\n        name\n        ok\n      }\n      targets {\n        up\n      }\n      problems {\n        line\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription HealthBadgeChanged {\n    healthChanged {\n      ready\n    }\n  }\n"): (typeof documents)["\n  subscription HealthBadgeChanged {\n    healthChanged {\n      ready\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment BudgetFigures on Budget {\n    from\n    to\n    target\n    good\n    total\n    sli\n    allowed\n    spent\n    remaining\n    burnRate\n    coverage\n    state\n    exhaustsAt\n    asOf\n    warnings\n  }\n"): (typeof documents)["\n  fragment BudgetFigures on Budget {\n    from\n    to\n    target\n    good\n    total\n    sli\n    allowed\n    spent\n    remaining\n    burnRate\n    coverage\n    state\n    exhaustsAt\n    asOf\n    warnings\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query HealthPage {\n    health {\n      version\n      ready\n      startedAt\n      demo\n      components {\n        name\n        ok\n        message\n        checkedAt\n      }\n      targets {\n        job\n        instance\n        url\n        up\n        lastScrape\n        lastDurationSeconds\n        samples\n        error\n      }\n      problems {\n        file\n        line\n        column\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  query HealthPage {\n    health {\n      version\n      ready\n      startedAt\n      demo\n      components {\n        name\n        ok\n        message\n        checkedAt\n      }\n      targets {\n        job\n        instance\n        url\n        up\n        lastScrape\n        lastDurationSeconds\n        samples\n        error\n      }\n      problems {\n        file\n        line\n        column\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription HealthPing {\n    healthChanged {\n      ready\n    }\n  }\n"): (typeof documents)["\n  subscription HealthPing {\n    healthChanged {\n      ready\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Overview($first: Int!, $after: String) {\n    slos(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          ...SloRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query Overview($first: Int!, $after: String) {\n    slos(first: $first, after: $after) {\n      edges {\n        cursor\n        node {\n          id\n          ...SloRow\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SloChanged {\n    sloChanged {\n      at\n      slo {\n        id\n        ...SloRow\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription SloChanged {\n    sloChanged {\n      at\n      slo {\n        id\n        ...SloRow\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BurnSpark($id: ID!) {\n    slo(id: $id) {\n      id\n      objectives {\n        name\n        series(kind: BURN_DOWN, maxPoints: 40) {\n          kind\n          columns\n          points {\n            at\n            values\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query BurnSpark($id: ID!) {\n    slo(id: $id) {\n      id\n      objectives {\n        name\n        series(kind: BURN_DOWN, maxPoints: 40) {\n          kind\n          columns\n          points {\n            at\n            values\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SloRow on Slo {\n    id\n    name\n    displayName\n    team\n    unit\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      error\n    }\n    objectives {\n      name\n      targetPercent\n      budget {\n        ...BudgetFigures\n      }\n      burnRates {\n        severity\n        longWindow\n        long\n        factor\n        firing\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment SloRow on Slo {\n    id\n    name\n    displayName\n    team\n    unit\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      error\n    }\n    objectives {\n      name\n      targetPercent\n      budget {\n        ...BudgetFigures\n      }\n      burnRates {\n        severity\n        longWindow\n        long\n        factor\n        firing\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment BurnRateFields on BurnRate {\n    severity\n    longWindow\n    shortWindow\n    factor\n    budgetFraction\n    long\n    short\n    longCoverage\n    shortCoverage\n    firing\n  }\n"): (typeof documents)["\n  fragment BurnRateFields on BurnRate {\n    severity\n    longWindow\n    shortWindow\n    factor\n    budgetFraction\n    long\n    short\n    longCoverage\n    shortCoverage\n    firing\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SloExplain($name: String!, $at: Time) {\n    slo(name: $name) {\n      id\n      origin {\n        file\n        line\n      }\n      explain(at: $at) {\n        ...ExplanationFields\n      }\n    }\n  }\n"): (typeof documents)["\n  query SloExplain($name: String!, $at: Time) {\n    slo(name: $name) {\n      id\n      origin {\n        file\n        line\n      }\n      explain(at: $at) {\n        ...ExplanationFields\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ExplanationFields on Explanation {\n    at\n    from\n    to\n    formula\n    queries {\n      role\n      source\n      text\n      note\n    }\n    minutes\n    measured\n    estimated\n    gapMinutes\n    gaps {\n      from\n      to\n    }\n    revisions {\n      at\n      from\n      to\n      changed\n      goodDelta\n      totalDelta\n      reason\n    }\n    worstDays {\n      day\n      good\n      total\n      spent\n      share\n    }\n    firstMeasured\n    lastMeasured\n    settledUntil\n    warnings\n  }\n"): (typeof documents)["\n  fragment ExplanationFields on Explanation {\n    at\n    from\n    to\n    formula\n    queries {\n      role\n      source\n      text\n      note\n    }\n    minutes\n    measured\n    estimated\n    gapMinutes\n    gaps {\n      from\n      to\n    }\n    revisions {\n      at\n      from\n      to\n      changed\n      goodDelta\n      totalDelta\n      reason\n    }\n    worstDays {\n      day\n      good\n      total\n      spent\n      share\n    }\n    firstMeasured\n    lastMeasured\n    settledUntil\n    warnings\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SloGroups($name: String!, $first: Int!, $after: String, $asOf: Time) {\n    slo(name: $name) {\n      id\n      groups(first: $first, after: $after, asOf: $asOf) {\n        totalCount\n        nodes {\n          key\n          budget {\n            ...BudgetFigures\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query SloGroups($name: String!, $first: Int!, $after: String, $asOf: Time) {\n    slo(name: $name) {\n      id\n      groups(first: $first, after: $after, asOf: $asOf) {\n        totalCount\n        nodes {\n          key\n          budget {\n            ...BudgetFigures\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SloHeader on Slo {\n    id\n    name\n    displayName\n    description\n    team\n    method\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    labels {\n      name\n      values\n    }\n    origin {\n      file\n      line\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      samplesPerSecond\n      oldest\n      error\n    }\n  }\n"): (typeof documents)["\n  fragment SloHeader on Slo {\n    id\n    name\n    displayName\n    description\n    team\n    method\n    service {\n      id\n      name\n      displayName\n      team\n    }\n    window {\n      duration\n      title\n    }\n    labels {\n      name\n      values\n    }\n    origin {\n      file\n      line\n    }\n    backfill {\n      done\n      daysDone\n      daysTotal\n      samplesPerSecond\n      oldest\n      error\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SloDetail($name: String!, $window: WindowInput, $asOf: Time) {\n    slo(name: $name) {\n      id\n      name\n      displayName\n      unit\n      window {\n        duration\n        title\n      }\n      ...SloHeader\n      objectives {\n        name\n        targetPercent\n        budget(window: $window, asOf: $asOf) {\n          ...BudgetFigures\n        }\n        burnRates(asOf: $asOf) {\n          ...BurnRateFields\n        }\n      }\n      groups(first: 1, asOf: $asOf) {\n        totalCount\n      }\n    }\n  }\n"): (typeof documents)["\n  query SloDetail($name: String!, $window: WindowInput, $asOf: Time) {\n    slo(name: $name) {\n      id\n      name\n      displayName\n      unit\n      window {\n        duration\n        title\n      }\n      ...SloHeader\n      objectives {\n        name\n        targetPercent\n        budget(window: $window, asOf: $asOf) {\n          ...BudgetFigures\n        }\n        burnRates(asOf: $asOf) {\n          ...BurnRateFields\n        }\n      }\n      groups(first: 1, asOf: $asOf) {\n        totalCount\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SloPing($ids: [ID!]) {\n    sloChanged(ids: $ids) {\n      at\n      slo {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription SloPing($ids: [ID!]) {\n    sloChanged(ids: $ids) {\n      at\n      slo {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SloPlots(\n    $name: String!\n    $windowFrom: Time\n    $windowTo: Time\n    $windowPoints: Int\n    $from: Time\n    $to: Time\n    $points: Int\n    $group: Labels\n  ) {\n    slo(name: $name) {\n      id\n      name\n      objectives {\n        name\n        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {\n          ...PlotSeries\n        }\n        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query SloPlots(\n    $name: String!\n    $windowFrom: Time\n    $windowTo: Time\n    $windowPoints: Int\n    $from: Time\n    $to: Time\n    $points: Int\n    $group: Labels\n  ) {\n    slo(name: $name) {\n      id\n      name\n      objectives {\n        name\n        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {\n          ...PlotSeries\n        }\n        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {\n          ...PlotSeries\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment PlotSeries on Series {\n    kind\n    from\n    to\n    step\n    columns\n    points {\n      at\n      values\n      coverage\n      estimated\n    }\n  }\n"): (typeof documents)["\n  fragment PlotSeries on Series {\n    kind\n    from\n    to\n    step\n    columns\n    points {\n      at\n      values\n      coverage\n      estimated\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;