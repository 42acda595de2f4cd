-- One row per customer from the order system's export, which has one row per order line.
-- A customer has one name and one segment in it but many addresses: the latest order tells where the customer is.
-- A customer with two names or segments gives two rows here and fails the unique check.

-- output: customers
with customer as (
  select
    customer_id,
    customer_name,
    segment,
    min(order_date) as first_order_date,
    max(order_date) as last_order_date,
    -- Two orders of one day: the higher order number is the later one.
    arg_max(order_id, (order_date, order_id)) as latest_order_id
  from superstore
  group by customer_id, customer_name, segment
),
address as (
  select distinct order_id, region, state, city, lpad(postal_code, 5, '0') as postal_code
  from superstore
)
select
  customer.customer_id,
  customer.customer_name as name,
  -- "Neil Französisch", NF-18475 -> neil.franzosisch.18475@example.com
  lower(regexp_replace(
    strip_accents(customer.customer_name || '.' || split_part(customer.customer_id, '-', 2)), '[^A-Za-z0-9]+', '.', 'g'
  )) || '@example.com' as email,
  -- The first three digits of the number choose the area code (200 above them), the last two the line: 555-01xx.
  '+1' || (cast(substr(customer.customer_id, 4, 3) as integer) + 200) || '55501' || substr(customer.customer_id, 7, 2)
    as phone,
  customer.segment,
  address.region,
  address.state,
  address.city,
  address.postal_code,
  customer.first_order_date,
  customer.last_order_date
from customer
join address on address.order_id = customer.latest_order_id;
