-- Orders and their lines from the order system's export, which has one row per line.

-- output: orders
-- An order's customer, day and address are the same on all its lines. They are grouped by rather than picked from one
-- line, so that an order that contradicts itself gives two rows and fails the unique check instead of passing by luck.
select
  order_id,
  customer_id,
  order_date,
  country,
  region,
  state,
  city,
  lpad(postal_code, 5, '0') as postal_code,
  count(*) as line_count,
  sum(quantity) as quantity,
  sum(sales) as sales,
  sum(profit) as profit,
  ship_mode
from superstore
group by order_id, customer_id, order_date, country, region, state, city, postal_code, ship_mode;

-- output: order_lines
-- Nothing is dropped: eight (order, product) pairs occur twice, one of them as an exact copy, and the totals of the
-- source count them all. Consumers who want each line once filter on `duplicate`.
select
  line_id,
  order_id,
  product_id,
  product_name,
  quantity,
  sales,
  discount,
  profit,
  row_number() over (partition by order_id, product_id order by line_id) as occurrence,
  count(*) over (partition by order_id, product_id) > 1 as repeated,
  row_number() over (
    partition by order_id, product_id, product_name, quantity, sales, discount, profit
    order by line_id
  ) > 1 as duplicate
from superstore;
