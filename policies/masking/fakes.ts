/** Words that pseudonyms are made of. Lists only grow at the end of a major version: another list gives everyone another name. */
function words(text: string): readonly string[] {
  return text.trim().split(/\s*,\s*/);
}

export const firstNames = words(`
  Ada, Alan, Alice, Amara, Amir, Ana, Andre, Anika, Anton, Aria, Asha, Ben, Bianca, Bruno, Carla, Carlos, Chen, Clara,
  Daniel, Daria, David, Dina, Elena, Eli, Elif, Emil, Emma, Erik, Esther, Eva, Farah, Felix, Fiona, Gabriel, Grace,
  Hana, Hugo, Ida, Igor, Ines, Iris, Ivan, Jana, Jonas, Jun, Kai, Kamal, Karin, Kofi, Lara, Lea, Leo, Lina, Luca, Lucy,
  Maja, Marco, Maria, Max, Mei, Mila, Mina, Nadia, Naomi, Nico, Nina, Noah, Nora, Olga, Omar, Oscar, Paula, Pedro, Petra,
  Priya, Rafael, Ravi, Rita, Rosa, Ruben, Ruth, Sam, Sara, Simon, Sofia, Sven, Tara, Theo, Tim, Uma, Vera, Victor, Wanda,
  Xenia, Yara, Yuki, Yusuf, Zoe
`);

export const lastNames = words(`
  Abbott, Acosta, Adler, Alder, Archer, Ashby, Avery, Baker, Barlow, Becker, Bell, Bishop, Blake, Bloom, Borges, Brandt,
  Brook, Burke, Carver, Castillo, Chandler, Clarke, Cole, Cooper, Cruz, Dalton, Dawson, Dean, Drake, Dumont, Eaton, Ellis,
  Engel, Farmer, Fisher, Fletcher, Flores, Forster, Fowler, Garner, Gibson, Glover, Goldberg, Grant, Gray, Hale, Harper,
  Hayes, Heller, Hill, Holland, Hunter, Ibarra, Iqbal, Jansen, Keller, Kimura, Kovac, Lambert, Lang, Larsen, Lindgren,
  Lopez, Marsh, Mason, Mendez, Miller, Monroe, Moreau, Nash, Novak, Okafor, Olsen, Palmer, Park, Parker, Pereira, Porter,
  Quinn, Ramos, Reed, Rivera, Romero, Sawyer, Schmidt, Shaw, Silva, Stone, Tanaka, Taylor, Thorne, Turner, Vance, Vega,
  Wagner, Walker, Webb, Winter, Wright, Yilmaz, York, Zhang, Ziegler
`);

export const streets = words(`
  Acorn Lane, Amber Street, Ash Road, Beech Avenue, Birch Street, Bridge Road, Cedar Lane, Cherry Street, Church Road,
  Clover Lane, Copper Street, Dale Road, Elm Avenue, Fern Street, Field Lane, Forest Road, Garden Street, Granite Road,
  Harbour Street, Hazel Lane, Heather Road, Hill Street, Ivy Lane, Juniper Road, Lake Street, Lark Lane, Laurel Road,
  Linden Street, Maple Avenue, Meadow Lane, Mill Road, Moss Street, North Road, Oak Avenue, Orchard Lane, Park Street,
  Pine Road, Poplar Lane, Quarry Road, Ridge Street, River Road, Rose Lane, Sand Street, School Road, South Street,
  Spring Lane, Station Road, Stone Street, Sunset Lane, Thistle Road, Valley Street, Walnut Lane, Water Street, West Road,
  Willow Avenue, Wood Lane
`);

export const cities = words(`
  Alderbrook, Ashmere, Barrowford, Bayhaven, Birchfield, Brackenridge, Bramwell, Brightwater, Calder Falls, Cedarvale,
  Clearbrook, Cliffside, Copperton, Crestwood, Dunmoor, Eastmere, Elmsworth, Fairhollow, Fernley, Foxglove, Glenhaven,
  Goldcrest, Greywater, Harrowgate, Hawthorn Bay, Heatherton, Highmoor, Ironbridge Mills, Juniper Hill, Kestrel Point,
  Lakeview Heights, Larkspur, Longmeadow, Maplewood, Marshend, Millbrook, Northfield, Oakhurst, Otterburn, Pinecrest,
  Quarrytown, Ravenscroft, Redcliff, Riverbend, Rosewick, Saltmarsh, Silverlake, Southport Bay, Stonebrook, Summerhill,
  Thornbury, Timberlane, Valemount, Westbrook, Whitewater, Willowdale, Windermoor, Woodhollow
`);

export const companies = words("Ltd, Group, Partners, Works, Trading, Systems, Supplies, Brothers, Holdings, Services");
