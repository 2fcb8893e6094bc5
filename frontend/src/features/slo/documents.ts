import { graphql } from "@/gql";

export const SloDetailDocument = graphql(/* GraphQL */ `
  query SloDetail($name: String!, $window: WindowInput, $asOf: Time) {
    slo(name: $name) {
      id
      name
      displayName
      unit
      window {
        duration
        title
      }
      ...SloHeader
      objectives {
        name
        targetPercent
        budget(window: $window, asOf: $asOf) {
          ...BudgetFigures
        }
        burnRates(asOf: $asOf) {
          ...BurnRateFields
        }
      }
      groups(first: 1, asOf: $asOf) {
        totalCount
      }
    }
  }
`);

export const SloPingDocument = graphql(/* GraphQL */ `
  subscription SloPing($ids: [ID!]) {
    sloChanged(ids: $ids) {
      at
      slo {
        id
      }
    }
  }
`);

export const SloPlotsDocument = graphql(/* GraphQL */ `
  query SloPlots(
    $name: String!
    $windowFrom: Time
    $windowTo: Time
    $windowPoints: Int
    $from: Time
    $to: Time
    $points: Int
    $group: Labels
  ) {
    slo(name: $name) {
      id
      name
      objectives {
        name
        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {
          ...PlotSeries
        }
        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
      }
    }
  }
`);
