-- One row per product id from the order system's export, which has one row per order line.

-- output: products
-- Thirty-two ids were sold under two names. The name on most lines stands first; of two equally frequent ones the one
-- with the lowest line id, so that the choice never depends on the order in which rows are read.
with named as (
  select
    product_id,
    category,
    sub_category,
    product_name,
    min(order_date) as first_sold_date,
    max(order_date) as last_sold_date,
    row_number() over (partition by product_id order by count(*) desc, min(line_id)) as preference
  from superstore
  group by product_id, category, sub_category, product_name
)
select
  product_id,
  min(product_name) filter (where preference = 1) as name,
  coalesce(array_agg(product_name order by preference) filter (where preference > 1), []) as alternate_names,
  category,
  sub_category,
  sub_category as sub_category_name,
  min(first_sold_date) as first_sold_date,
  max(last_sold_date) as last_sold_date
from named
group by product_id, category, sub_category;
