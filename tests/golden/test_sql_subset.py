"""Every step stays inside the subset, and the lint refuses what lies outside."""

import pytest

from golden.sql_subset import findings, step_files

STEPS = sorted(step_files().items())


@pytest.mark.parametrize(("name", "file"), STEPS, ids=[name for name, _ in STEPS])
def test_step_stays_inside_the_subset(name, file):
    assert list(findings(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT DAYOFWEEK(sold_on) FROM lines",
        "SELECT ISODOW(sold_on) FROM lines",
        "SELECT QUANTILE_CONT(amount_cents, 0.5) FROM lines",
        "SELECT LIST(product_id ORDER BY sold_on) FROM lines",
        "SELECT ARRAY_AGG(product_id) FROM lines",
        "SELECT HASH(household_id) FROM lines",
        "SELECT lines.a FROM lines ASOF JOIN prices ON lines.a >= prices.a",
        "SELECT DATE_DIFF('month', sold_on, $as_of_on) FROM lines",
        "SELECT DATE_DIFF('week', sold_on, $as_of_on) FROM lines",
        "SELECT DATE_TRUNC('week', sold_on) FROM lines",
        "SELECT EXTRACT(year FROM sold_on) FROM lines",
        "SELECT AVG(amount_cents) FROM lines",
        "SELECT APPROX_COUNT_DISTINCT(amount_cents) FROM lines",
        "SELECT STDDEV(amount_cents) FROM lines",
        "SELECT RANDOM() FROM lines",
        "SELECT NOW() FROM lines",
        "SELECT sold_on - INTERVAL 7 DAY FROM lines",
        "SELECT MAX(a) FILTER (WHERE a > 1) FROM lines",
        "SELECT ARG_MAX(a, b) FROM lines",
        "SELECT ROW_NUMBER() OVER (PARTITION BY a) FROM lines",
        "SELECT SUM(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM lines",
        "SELECT FIRST_VALUE(a) OVER (ORDER BY b) FROM lines",
        "SELECT a FROM lines QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
        "SELECT a FROM lines UNION SELECT a FROM prices",
        "SELECT a FROM lines RIGHT JOIN prices ON lines.a = prices.a",
        "SELECT a FROM lines INNER JOIN prices USING (a)",
        "SELECT a FROM lines ORDER BY a",
        "SELECT a FROM lines LIMIT 1",
        "SELECT * FROM lines",
        "SELECT a FROM lines WHERE a LIKE 'x%'",
        "SELECT CAST(a AS TIMESTAMPTZ) FROM lines",
    ],
)
def test_the_lint_refuses(text):
    assert list(findings(text))


def test_the_lint_lets_the_subset_pass():
    text = """
        WITH a AS (
            SELECT x, COUNT(*) AS n, COUNT(DISTINCT y) AS m
            FROM t WHERE y IS NOT NULL GROUP BY x HAVING SUM(z) > $q
        )
        SELECT
            x,
            CAST(n // NULLIF(m, 0) AS BIGINT) AS o,
            LAG(x) OVER (PARTITION BY n ORDER BY x) AS p,
            NTILE(3) OVER (ORDER BY n, x) AS tile,
            CASE WHEN DATE_DIFF('day', x, $q) BETWEEN 1 AND 7 THEN 'week' ELSE COALESCE(x, 'none') END AS age
        FROM a
        UNION ALL
        SELECT DISTINCT x, -1 AS o, x AS p, 1 AS tile, 'x' AS age FROM a LEFT JOIN b ON a.x = b.x
    """
    assert list(findings(text)) == []
