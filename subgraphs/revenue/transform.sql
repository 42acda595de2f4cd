-- Revenue per region, category and month from three other products.
-- The joins are inner ones on purpose: the references are checked where the lines come from, and the cross check of this
-- product's manifest compares the total with the order lines' total, so a line that finds no partner cannot go unseen.

-- output: monthly_revenue
select
  orders.region,
  products.category,
  cast(date_trunc('month', orders.order_date) as date) as month,
  sum(order_lines.sales) as sales,
  sum(order_lines.profit) as profit,
  coalesce(sum(order_lines.sales) filter (where customers.segment = 'Consumer'), 0) as consumer_sales,
  coalesce(sum(order_lines.sales) filter (where customers.segment = 'Corporate'), 0) as corporate_sales,
  coalesce(sum(order_lines.sales) filter (where customers.segment = 'Home Office'), 0) as home_office_sales,
  sum(order_lines.quantity) as quantity,
  count(*) as line_count,
  count(distinct order_lines.order_id) as order_count,
  count(distinct orders.customer_id) as customer_count
from order_lines
join orders on orders.order_id = order_lines.order_id
join customers on customers.customer_id = orders.customer_id
join products on products.product_id = order_lines.product_id
group by 1, 2, 3;
