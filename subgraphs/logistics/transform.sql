-- One shipment per order from the order system's export, which has one row per order line.

-- output: shipments
-- An order leaves as a whole: dates, class and address are the same on all its lines. An order that contradicts itself
-- gives two rows here and fails the unique check.
select
  'SHP-' || order_id as shipment_id,
  order_id,
  customer_id,
  ship_mode,
  -- The first digit of the order number's digest chooses: 0 to 6, 7 to b, c to f.
  case when substr(md5(order_id), 1, 1) < '7' then 'Blue Parcel'
       when substr(md5(order_id), 1, 1) < 'c' then 'Prairie Express'
       else 'Summit Freight' end as carrier,
  upper(substr(md5(order_id), 1, 12)) as tracking_number,
  order_date,
  ship_date,
  sum(quantity) as pieces,
  region,
  state,
  city,
  lpad(postal_code, 5, '0') as postal_code
from superstore
group by order_id, customer_id, ship_mode, order_date, ship_date, region, state, city, postal_code;
