-- grain: one row per semester and dataset that was delivered without standing on the Daftar Data: no member of IKU-06
select
    sectoral_dataset.period,
    sectoral_dataset.dataset,
    min(sectoral_dataset.delivered_on) as first_delivered_on,
    max(sectoral_dataset.accepted_on) as last_accepted_on
from staging.sectoral_dataset
left join staging.data_list
    on sectoral_dataset.period = data_list.period and sectoral_dataset.dataset = data_list.dataset
where data_list.dataset is null
group by sectoral_dataset.period, sectoral_dataset.dataset
